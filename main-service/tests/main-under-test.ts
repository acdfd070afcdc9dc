import { createLogger, readEnvironment } from '@likeness/service-kit/process'
import { createDatabase, createTokens, runStatement, type TestTokens } from '@likeness/test-kit'
import request, { type Response } from 'supertest'
import { uuidv7 } from 'uuidv7'

import { createApp } from '../src/app.ts'
import { createContext, type Context } from '../src/context.ts'
import { environmentSchema } from '../src/env.ts'

/** Calls the service as somebody. */
export interface Client {
  id: string
  get(path: string): Promise<Response>
  /** The same, with the bytes of the answer as its body. */
  download(path: string): Promise<Response>
  send(
    method: 'head' | 'post' | 'put' | 'patch' | 'delete',
    path: string,
    body?: object,
    headers?: object,
  ): Promise<Response>
  /** Sends a body as it is, said to be JSON. */
  sendText(method: 'post' | 'put' | 'patch', path: string, text: string): Promise<Response>
}

export interface MainUnderTest {
  context: Context
  databaseUrl: string
  tokens: TestTokens
  /** auth-service, at `/internal`. */
  auth: Client
  nobody: Client
  /** Nobody, at the root: `/readyz`, `/metrics`. */
  root: Client
  /** Whoever holds these permissions, by their token; there is no such user in the database. */
  holding(...permissions: string[]): Client
  /** This user by a token that says so, whatever the database says. */
  as(userId: string, claims: Parameters<TestTokens['userToken']>[0], base?: string): Client
  /** Somebody who has registered. */
  register(name: string): Promise<{ id: string; email: string }>
  /** A session of this user: what they may do is what the database says. */
  logIn(userId: string): Promise<Client>
  logInAdministrator(): Promise<Client>
  /**
   * Ends the roles that this user has for a limited time, as if the time had passed. A role for half a second could end
   * on a busy machine before the test has used it.
   *
   * @returns when they ended, as the API writes times
   */
  endLimitedRoles(userId: string): Promise<string>
  stop(): Promise<void>
}

/**
 * main-service over a database of its own, migrated and seeded; tokens are signed by a key of the test's.
 *
 * @param options.readsRevocations false: the service never learns what is revoked, as in the moment after a change
 */
export async function startMain(
  variables: Record<string, string> = {},
  { readsRevocations = true }: { readsRevocations?: boolean } = {},
): Promise<MainUnderTest> {
  const database = await createDatabase({ template: 'maindb' })
  const tokens = createTokens()
  const environment = readEnvironment(environmentSchema, { MAINDB_URL: database.url, ...variables })
  const logger = createLogger({ service: 'main-service', level: 'silent' })
  const { keys, revocations } = tokens
  const context = await createContext(environment, logger, readsRevocations ? { keys } : { keys, revocations })
  const app = createApp(context)

  const client = (id: string, base: string, token?: string): Client => {
    const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    const send = async (
      method: 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete',
      path: string,
      body?: object | string,
      headers = {},
    ) => {
      const sent = request(app)[method](`${base}${path}`).set(authorization).set(headers)
      return body === undefined ? sent : sent.send(body)
    }
    const sendText: Client['sendText'] = (method, path, text) =>
      send(method, path, text, { 'Content-Type': 'application/json' })
    const download = async (path: string) => request(app).get(`${base}${path}`).set(authorization).responseType('blob')
    return { id, get: (path) => send('get', path), download, send, sendText }
  }
  const auth = client('auth-service', '/internal', tokens.serviceToken())
  const logIn = async (userId: string) => {
    const session = { id: uuidv7(), userId, refreshTokenHash: tokenHash(), device: 'a test', address: '127.0.0.1' }
    const { body } = await auth.send('post', '/sessions', session)
    return client(userId, '/api/v1', tokens.userToken({ sub: userId, sid: session.id, ...body.claims }))
  }

  return {
    context,
    databaseUrl: database.url,
    tokens,
    auth,
    nobody: client('', '/api/v1'),
    root: client('', ''),
    holding: (...permissions) => {
      const id = uuidv7()
      return client(id, '/api/v1', tokens.userToken({ sub: id, permissions }))
    },
    as: (userId, claims, base = '/api/v1') => client(userId, base, tokens.userToken({ sub: userId, ...claims })),
    register: async (name) => {
      const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`
      const { body } = await auth.send('post', '/users', { email, name, passwordHash: 'a hash' })
      return { id: body.userId, email }
    },
    logIn,
    logInAdministrator: async () => {
      const { body } = await auth.send('post', '/credentials', { email: 'admin@example.com', guessKeys: ['test'] })
      return logIn(body.userId)
    },
    endLimitedRoles: async (userId) => {
      const [ended] = await runStatement(
        database.url,
        `UPDATE user_roles SET expires_at = now() WHERE user_id = $1 AND expires_at > now() RETURNING expires_at`,
        [userId],
      )
      if (ended === undefined) throw new Error(`User ${userId} has no role for a limited time`)
      return (ended as { expires_at: Date }).expires_at.toISOString()
    },
    stop: async () => {
      await context.close()
      await database.drop()
    },
  }
}

let hashes = 0

/** 64 hexadecimal digits that no other token of the run has. */
export const tokenHash = (): string => (++hashes).toString(16).padStart(64, '0')
