import {
  apiKeyEndpoints,
  credentialEndpoints,
  invitationEndpoints,
  sessionEndpoints,
  userEndpoints,
  type Credentials,
  type Identity,
  type KeyIdentity,
} from '@likeness/internal-api'
import { asUnavailable, call, type ServiceClient } from '@likeness/service-kit/client'
import { keyRefusal } from '@likeness/service-kit/identity'
import { Problem } from '@likeness/service-kit/process'
import type { z } from 'zod'

export type Directory = ReturnType<typeof createDirectory>

/** How an attempt at a password is counted. */
export type Attempt = BodyOf<typeof credentialEndpoints.forgetGuesses>

/** The body of a call, before its schema fills in defaults. */
type BodyOf<E extends { body?: z.ZodType }> = z.input<NonNullable<E['body']>>

/**
 * Calls main-service, which stores the data of auth-service: users, sessions and attempt counters. Throws main-service's
 * problems.
 */
export function createDirectory(mainService: ServiceClient) {
  return {
    /**
     * The credentials for an address; without a password for an unknown address. Counts as an attempt at the password.
     *
     * @throws {Problem} 429 `too-many-attempts`.
     */
    findCredentials: (email: string, attempt: Attempt): Promise<Credentials> =>
      call(mainService, credentialEndpoints.findByEmail, { body: { email, ...attempt } }),

    /** Counts as an attempt at the password. @throws {Problem} 429 `too-many-attempts`. */
    findCredentialsById: (id: string, guessKeys: string[]): Promise<Credentials | undefined> =>
      unlessNotFound(call(mainService, credentialEndpoints.findById, { params: { id }, body: { guessKeys } })),

    forgetAttempt: (attempt: Attempt) => call(mainService, credentialEndpoints.forgetGuesses, { body: attempt }),

    /** Counts a wrong token for the network address of the client. @throws {Problem} 429 `too-many-attempts`. */
    countWrongToken: () => call(mainService, credentialEndpoints.countWrongToken, {}),

    /** Counts a registration for the network address. @throws {Problem} 403 `registration-closed`, 429 `too-many-attempts`. */
    admitRegistration: (email: string) => call(mainService, userEndpoints.admitRegistration, { body: { email } }),

    /** @throws {Problem} 403 `registration-closed`, 409 `email-taken`. */
    register: (person: BodyOf<typeof userEndpoints.register>) =>
      call(mainService, userEndpoints.register, { body: person }),

    isInvited: async (tokenHash: string): Promise<boolean> =>
      (await unlessNotFound(
        call(mainService, invitationEndpoints.assertOpen, { body: { tokenHash } }).then(() => true),
      )) ?? false,

    /** Uses up the invitation. @throws {Problem} 404 `invitation-invalid`. */
    acceptInvitation: (acceptance: BodyOf<typeof invitationEndpoints.accept>) =>
      call(mainService, invitationEndpoints.accept, { body: acceptance }),

    /**
     * @throws {Problem} 403 `account-suspended` or `account-unverified`, 401 `invalid-credentials` if the password was
     *   changed after the check.
     */
    openSession: (session: BodyOf<typeof sessionEndpoints.open>): Promise<Identity> =>
      call(mainService, sessionEndpoints.open, { body: session }),

    /** @throws {Problem} 401 `key-invalid`, `key-revoked`, `key-expired` or `key-maker-inactive`. */
    async findKeyIdentity(keyHash: string): Promise<KeyIdentity> {
      try {
        return await call(mainService, apiKeyEndpoints.identify, { body: { keyHash } })
      } catch (error) {
        // Any other error concerns the token of auth-service, not the client's key.
        throw (error instanceof Problem && keyRefusal(error.code)) || asUnavailable(mainService, error)
      }
    },

    findSessionOf: (refreshTokenHash: string): Promise<{ sessionId: string } | undefined> =>
      unlessNotFound(call(mainService, sessionEndpoints.findByRefreshToken, { body: { hash: refreshTokenHash } })),

    /** @throws {Problem} 401 `refresh-token-reused` or `session-ended`. */
    rotate: (id: string, rotation: BodyOf<typeof sessionEndpoints.rotate>): Promise<Identity> =>
      call(mainService, sessionEndpoints.rotate, { params: { id }, body: rotation }),

    endSession: (id: string) => call(mainService, sessionEndpoints.end, { params: { id } }),

    endSessionsOf: (userId: string) => call(mainService, sessionEndpoints.endAllOfUser, { params: { id: userId } }),

    listSessions: async (userId: string) =>
      (await call(mainService, sessionEndpoints.listOfUser, { params: { id: userId } })).data,

    /** @throws {Problem} 404 if the user has no such session. */
    endSessionOf: (userId: string, sessionId: string) =>
      call(mainService, sessionEndpoints.endOneOfUser, { params: { id: userId, sessionId } }),

    /**
     * Replaces the password and ends every other session of the user.
     *
     * @throws {Problem} 403 `wrong-password` if the password was changed after the check.
     */
    setPassword: (userId: string, change: BodyOf<typeof credentialEndpoints.replacePassword>) =>
      call(mainService, credentialEndpoints.replacePassword, { params: { id: userId }, body: change }),
  }
}

async function unlessNotFound<Result>(answer: Promise<Result>): Promise<Result | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined
    throw error
  }
}
