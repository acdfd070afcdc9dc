import { problems, type Caller } from '@likeness/service-kit/process'

/** The session that a token belongs to. @throws {Problem} 403 `session-required` for the token of an API key. */
export function sessionOf({ claims }: Caller): string {
  if (claims.sid === undefined) throw problems.sessionRequired()
  return claims.sid
}
