import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { findFreePort } from '@likeness/local-servers'
import { createLogger, listen, readEnvironment, type Listening } from '@likeness/service-kit/process'
import {
  requestToken,
  createDatabase,
  eventually,
  patiently,
  send,
  startService,
  type Answer,
  type Json,
  type ServiceProcess,
} from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { createApp } from '../src/app.ts'
import { createContext, type Context } from '../src/context.ts'
import { environmentSchema } from '../src/env.ts'

type Sent = Parameters<typeof send>[2]

/** A user who has just registered. */
export interface Registered {
  id: string
  email: string
  password: string
  /** The body of the registration's response. */
  tokens: Json
}

export interface AuthUnderTest {
  readonly context: Context
  url: string
  mainUrl: string
  databaseUrl: string
  mailFolder: string
  /** Calls auth-service at /api/v1. */
  post(path: string, body?: object, sent?: Sent): Promise<Answer>
  get(path: string, token?: string): Promise<Answer>
  /** Calls main-service at /api/v1. */
  main(method: string, path: string, sent?: Sent): Promise<Answer>
  /** Requests a token at /oauth/token with a form. */
  requestToken(form: Record<string, string>, headers?: Record<string, string>): Promise<Answer>
  /** @param sent headers of the request, such as another network address */
  register(sent?: Sent): Promise<Registered>
  logInAdministrator(): Promise<string>
  stopMain(): Promise<void>
  startMain(): Promise<void>
  /** Restarts auth-service on the same port. These variables override the others. */
  restart(variables: Record<string, string>): Promise<void>
  stop(): Promise<void>
}

/** A new P-256 key in the format of SIGNING_KEY. */
export function makeSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/**
 * Starts auth-service in this process, and main-service as a child process with its own maindb. All tests of a file send
 * their requests from one network address, so the limits per address are high, unless `mainVariables` sets them.
 */
export async function startAuth(
  variables: Record<string, string> = {},
  mainVariables: Record<string, string> = {},
): Promise<AuthUnderTest> {
  const [database, folder] = await Promise.all([
    createDatabase({ template: 'maindb' }),
    mkdtemp(join(tmpdir(), 'likeness-auth-')),
  ])
  const [authPort, mainPort] = [await findFreePort(), await findFreePort()]
  const url = `http://127.0.0.1:${authPort}`
  const mainUrl = `http://127.0.0.1:${mainPort}`
  const mailFolder = join(folder, 'mail')
  const logger = createLogger({ service: 'auth-service', level: 'silent' })
  let running: { context: Context; listening: Listening } | undefined
  let mainService: ServiceProcess | undefined

  async function startAuthService(more: Record<string, string>): Promise<void> {
    const environment = readEnvironment(environmentSchema, {
      MAIN_SERVICE_URL: mainUrl,
      TOKEN_ISSUER: url,
      KEYS_DIR: join(folder, 'keys'),
      ...variables,
      ...more,
    })
    const context = await createContext(environment, logger)
    running = { context, listening: await listen(createApp(context), { host: '127.0.0.1', port: authPort }) }
  }

  async function stopAuthService(): Promise<void> {
    running?.context.stopping.abort()
    running?.listening.closeConnections()
    await running?.listening.close()
    await running?.context.revocations.stop()
    running = undefined
  }

  async function startMain(): Promise<void> {
    mainService = await startService({
      folder: 'main-service',
      environment: {
        NODE_ENV: 'test',
        HOST: '127.0.0.1',
        PORT: String(mainPort),
        MAINDB_URL: database.url,
        AUTH_SERVICE_URL: url,
        TOKEN_ISSUER: url,
        MAIL_DIR: mailFolder,
        LOGIN_FAILURES_PER_ADDRESS: '1000000',
        REGISTRATIONS_PER_ADDRESS: '1000000',
        ...mainVariables,
      },
      readyUrl: `${mainUrl}/readyz`,
    })
    // Until both services have read the revocations, they answer 503 to every token.
    await eventually(() => Promise.all([url, mainUrl].map(assertAcceptsTokens)), { limitMs: 60_000 })
  }

  await startAuthService({})
  await startMain()

  const post: AuthUnderTest['post'] = (path, body, sent = {}) =>
    send('POST', `${url}/api/v1${path}`, { ...sent, ...(body ? { body } : {}) })
  let people = 0

  return {
    get context() {
      if (!running) throw new Error('auth-service has been stopped')
      return running.context
    },
    url,
    mainUrl,
    databaseUrl: database.url,
    mailFolder,
    post,
    get: (path, token) => send('GET', `${url}/api/v1${path}`, { token }),
    main: (method, path, sent = {}) => send(method, `${mainUrl}/api/v1${path}`, sent),
    requestToken: (form, headers) => requestToken({ authUrl: url }, form, headers),
    async register(sent) {
      const email = `person-${++people}-${uuidv7()}@example.com`
      const password = 'a long enough password'
      const { status, body } = await patiently(() => post('/auth/register', { email, password, name: 'Ada' }, sent))
      if (status !== 201) throw new Error(`Registration returned ${status}: ${JSON.stringify(body)}`)
      return { id: body.user.id, email, password, tokens: body }
    },
    async logInAdministrator() {
      const credentials = { email: 'admin@example.com', password: 'admin-password-change-me' }
      const { status, body } = await post('/auth/login', credentials)
      if (status !== 200) throw new Error(`Login returned ${status}: ${JSON.stringify(body)}`)
      return body.accessToken
    },
    stopMain: async () => mainService?.kill(),
    startMain,
    async restart(more) {
      await stopAuthService()
      await startAuthService(more)
    },
    async stop() {
      await mainService?.stop()
      await stopAuthService()
      await Promise.all([database.drop(), rm(folder, { recursive: true })])
    },
  }
}

async function assertAcceptsTokens(url: string): Promise<void> {
  const { body } = await send('GET', `${url}/readyz`)
  if (body.checks.revocations?.status !== 'ok') throw new Error(`${url} has not read the revocations yet`)
}
