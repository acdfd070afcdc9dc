import { problemOf, type ServiceAnswer, type ServiceClient } from '@likeness/service-kit/client'
import { keyRefusal } from '@likeness/service-kit/identity'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

const credentialsSchema = z.object({ userId: z.uuid(), status: z.string(), passwordHash: z.string().nullable() })

const claimsSchema = z.object({
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  email: z.string(),
  epoch: z.int(),
  roleEpochs: z.record(z.string(), z.int()),
})

const identitySchema = z.object({
  sessionId: z.uuid(),
  user: z.looseObject({ id: z.uuid(), email: z.string(), name: z.string() }),
  claims: claimsSchema,
  /** Until the first of the roles runs out; null: none does. */
  secondsLeft: z.int().nullable(),
})

const keyIdentitySchema = z.object({
  keyId: z.uuid(),
  userId: z.uuid(),
  /** The most that the key may. */
  scope: z.array(z.string()),
  /** Of whoever made it, at this moment. */
  claims: claimsSchema,
  /** Until the key expires, or the first of the roles runs out; null: neither does. */
  secondsLeft: z.int().nullable(),
})

const sessionsSchema = z.object({
  data: z.array(
    z.object({
      id: z.uuid(),
      device: z.string().nullable(),
      address: z.string().nullable(),
      createdAt: z.string(),
      lastUsedAt: z.string(),
    }),
  ),
})

/** A session, whose it is, and what its access tokens say. */
export type Identity = z.output<typeof identitySchema>

/** An API key, whose it is, and what they may do. */
export type KeyIdentity = z.output<typeof keyIdentitySchema>

export type Directory = ReturnType<typeof createDirectory>

type Credentials = z.output<typeof credentialsSchema>

interface NewSession {
  id: string
  userId: string
  refreshTokenHash: string
  device: string
  address: string
  /** What the password was checked against, where it was. */
  passwordHash?: string | undefined
}

/** What main-service keeps for us: people, their sessions, and the count of wrong guesses. Its problems are handed on. */
export function createDirectory(mainService: ServiceClient) {
  async function read<T>(answer: Promise<ServiceAnswer>, schema: z.ZodType<T>): Promise<T> {
    const given = await answer
    if (given.status >= 400) throw problemOf(given)
    return schema.parse(given.body)
  }

  async function find<T>(answer: Promise<ServiceAnswer>, schema: z.ZodType<T>): Promise<T | undefined> {
    const given = await answer
    return given.status === 404 ? undefined : read(Promise.resolve(given), schema)
  }

  const done = z.unknown().transform(() => undefined)

  return {
    /** Counts as an attempt at the password. @throws {Problem} 429 `too-many-attempts`. */
    findCredentials: (email: string, guessKeys: string[]): Promise<Credentials | undefined> =>
      find(mainService.send('POST', '/internal/credentials', { body: { email, guessKeys } }), credentialsSchema),

    /** Counts as an attempt at the password. @throws {Problem} 429 `too-many-attempts`. */
    findCredentialsById: (userId: string, guessKeys: string[]): Promise<Credentials | undefined> =>
      find(
        mainService.send('POST', `/internal/users/${userId}/credentials`, { body: { guessKeys } }),
        credentialsSchema,
      ),

    forgetGuesses: (guessKeys: string[]) =>
      read(mainService.send('POST', '/internal/guesses/forget', { body: { guessKeys } }), done),

    /** @throws {Problem} 403 `registration-closed`, 409 `email-taken`. */
    register: (person: { email: string; name: string; passwordHash: string }) =>
      read(mainService.send('POST', '/internal/users', { body: person }), z.object({ userId: z.uuid() })),

    /** @throws {Problem} 404 `invitation-invalid`. */
    assertInvited: (tokenHash: string) =>
      read(mainService.send('POST', '/internal/invitations/lookup', { body: { tokenHash } }), done),

    /** Spends the invitation. @throws {Problem} 404 `invitation-invalid`. */
    acceptInvitation: (acceptance: { tokenHash: string; passwordHash: string; name: string | undefined }) =>
      read(
        mainService.send('POST', '/internal/invitations/accept', { body: acceptance }),
        z.object({ userId: z.uuid(), email: z.string() }),
      ),

    /** @throws {Problem} 403 `account-suspended` or `account-unverified`, 401 `invalid-credentials`: changed since. */
    openSession: (session: NewSession): Promise<Identity> =>
      read(mainService.send('POST', '/internal/sessions', { body: session }), identitySchema),

    /** @throws {Problem} 401 that says why the key opens nothing. */
    async findKeyIdentity(keyHash: string): Promise<KeyIdentity> {
      const answer = await mainService.send('POST', '/internal/api-keys/identity', { body: { keyHash } })
      const refusal = keyRefusal((answer.body as { code?: unknown } | undefined)?.code)
      if (refusal) throw refusal
      // Anything else that is refused is our own token: whoever sent the key is not to hear that it is theirs.
      if (answer.status >= 400) throw problems.unavailable('main-service', problemOf(answer))
      return keyIdentitySchema.parse(answer.body)
    },

    findSessionOf: (refreshTokenHash: string) =>
      find(
        mainService.send('POST', '/internal/refresh-tokens/lookup', { body: { hash: refreshTokenHash } }),
        z.object({ sessionId: z.uuid() }),
      ),

    /** @throws {Problem} 401 `refresh-token-reused` or `session-ended`. */
    rotate: (
      sessionId: string,
      rotation: { spentHash: string; successorHash: string; address: string },
    ): Promise<Identity> =>
      read(mainService.send('POST', `/internal/sessions/${sessionId}/rotate`, { body: rotation }), identitySchema),

    endSession: (sessionId: string) => read(mainService.send('DELETE', `/internal/sessions/${sessionId}`), done),

    endSessionsOf: (userId: string) => read(mainService.send('DELETE', `/internal/users/${userId}/sessions`), done),

    listSessions: async (userId: string) =>
      (await read(mainService.send('GET', `/internal/users/${userId}/sessions`), sessionsSchema)).data,

    /** @throws {Problem} 404 where the session is not this user's. */
    endSessionOf: (userId: string, sessionId: string) =>
      read(mainService.send('DELETE', `/internal/users/${userId}/sessions/${sessionId}`), done),

    /** Ends every other session of the user. @throws {Problem} 403 `wrong-password`: changed since it was checked. */
    setPassword: (userId: string, change: { passwordHash: string; currentHash: string; exceptSession: string }) =>
      read(mainService.send('PUT', `/internal/users/${userId}/password`, { body: change }), done),
  }
}
