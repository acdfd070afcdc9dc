import { createLogger, readEnvironment } from '@likeness/service-kit/process'
import { createDatabase, createTokens, eventually, runStatement, type Json, type TestTokens } from '@likeness/test-kit'
import request, { type Response } from 'supertest'
import { uuidv7 } from 'uuidv7'

import { createApp } from '../src/app.ts'
import { createContext, type Context } from '../src/context.ts'
import { environmentSchema } from '../src/env.ts'

/** Sends requests to the service as one caller. */
export interface Client {
  id: string
  get(path: string): Promise<Response>
  /** Like `get`, with the bytes of the response as its body. */
  download(path: string): Promise<Response>
  send(
    method: 'head' | 'post' | 'put' | 'patch' | 'delete',
    path: string,
    body?: object,
    headers?: object,
  ): Promise<Response>
  /** Sends a text unchanged as a JSON body. */
  sendText(method: 'post' | 'put' | 'patch', path: string, text: string): Promise<Response>
}

export interface MainUnderTest {
  context: Context
  databaseUrl: string
  tokens: TestTokens
  /** auth-service. Paths are relative to `/internal`. */
  auth: Client
  /** A client without a token. */
  nobody: Client
  /** Like `nobody`. Paths are absolute: `/readyz`, `/metrics`. */
  root: Client
  /** A token with these permissions. Its user does not exist in the database. */
  withPermissions(...permissions: string[]): Client
  /** A token of this user with these claims, regardless of the database. */
  as(userId: string, claims: Parameters<TestTokens['userToken']>[0], base?: string): Client
  /** Registers a user. */
  register(name: string): Promise<{ id: string; email: string }>
  /** Opens a session of this user, whose token has the rights from the database. */
  logIn(userId: string): Promise<Client>
  logInAdministrator(): Promise<Client>
  /**
   * Expires all grants of this user that have an expiry. A test cannot use a grant of half a second instead: on a busy
   * machine, it could expire before the test uses it.
   *
   * @returns the time of the expiry, in the format of the API
   */
  endLimitedRoles(userId: string): Promise<string>
  stop(): Promise<void>
}

/**
 * Starts main-service with its own migrated and seeded database. Tokens are signed with a key of the test.
 *
 * @param options.readsRevocations false: the service does not know any revocation, as in the moment after a change
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
  /** Prepares a state. On a busy machine, the first connections to the database can take longer than a request waits. */
  const arrange = (path: string, body: object): Promise<Json> =>
    eventually(
      async () => {
        const answer = await auth.send('post', path, body)
        if (answer.status === 503) throw new Error(`${path} returned ${answer.text}`)
        return answer.body
      },
      { limitMs: 60_000, everyMs: 500 },
    )
  const logIn = async (userId: string) => {
    const session = { id: uuidv7(), userId, refreshTokenHash: tokenHash(), device: 'a test', address: '127.0.0.1' }
    const body = await arrange('/sessions', session)
    return client(userId, '/api/v1', tokens.userToken({ sub: userId, sid: session.id, ...body.claims }))
  }

  return {
    context,
    databaseUrl: database.url,
    tokens,
    auth,
    nobody: client('', '/api/v1'),
    root: client('', ''),
    withPermissions: (...permissions) => {
      const id = uuidv7()
      return client(id, '/api/v1', tokens.userToken({ sub: id, permissions }))
    },
    as: (userId, claims, base = '/api/v1') => client(userId, base, tokens.userToken({ sub: userId, ...claims })),
    register: async (name) => {
      const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`
      const body = await arrange('/users', { email, name, passwordHash: 'a hash' })
      return { id: body.userId, email }
    },
    logIn,
    logInAdministrator: async () => {
      const body = await arrange('/credentials', { email: 'admin@example.com', guessKeys: ['test'] })
      return logIn(body.userId)
    },
    endLimitedRoles: async (userId) => {
      const [ended] = await runStatement(
        database.url,
        `UPDATE user_roles SET expires_at = now() WHERE user_id = $1 AND expires_at > now() RETURNING expires_at`,
        [userId],
      )
      if (ended === undefined) throw new Error(`The user ${userId} has no grant with an expiry`)
      return (ended as { expires_at: Date }).expires_at.toISOString()
    },
    stop: async () => {
      await context.close()
      await database.drop()
    },
  }
}

let hashes = 0

/** 64 hexadecimal digits, unique in the test run. */
export const tokenHash = (): string => (++hashes).toString(16).padStart(64, '0')
