import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

import { type FileStore, openDiskStore } from '@likeness/media-files'
import { connectBroker, type Broker } from '@likeness/media-jobs'
import { openMediasdb, type Mediasdb } from '@likeness/mediasdb'
import { createLogger, listen, readEnvironment } from '@likeness/service-kit/process'
import {
  createDatabase,
  createTokens,
  createVhost,
  logInAs,
  send,
  type Answer,
  type TestTokens,
  type TestVhost,
  eventually,
} from '@likeness/test-kit'
import sharp from 'sharp'
import { uuidv7 } from 'uuidv7'

import { createApp } from '../src/app.ts'
import { createContext, type Context } from '../src/context.ts'
import { environmentSchema } from '../src/env.ts'

/** A file as a client sends it. */
export interface SentFile {
  bytes: Buffer
  name?: string
  type?: string
  /** The form field of the file. Default: `file`. */
  field?: string
}

type Fields = Record<string, string | string[]>

/** Calls the service with one identity. */
export interface Client {
  id: string
  token: string | undefined
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  upload(files: SentFile | SentFile[], fields?: Fields, headers?: Record<string, string>): Promise<Answer>
  /** Returns the response without reading its body. */
  fetch(path: string, init?: RequestInit): Promise<Response>
}

/** The time limit of a transaction that a test keeps open while requests wait for it. */
export const HELD = { limitMs: 60_000 }

export interface MediasUnderTest {
  context: Context
  url: string
  tokens: TestTokens
  vhost: TestVhost
  /** The virtual host with the rights of an administrator, for messages and queues that medias-service cannot change. */
  broker: Broker
  /** For the owner of the database. */
  databaseUrl: string
  /** The database with the rights of its owner, for states that medias-service cannot create itself. */
  mediasdb: Mediasdb
  storeFolder: string
  nobody: Client
  /** A new user with these permissions. Default: the permissions of the role `user`. */
  somebody(...permissions: string[]): Client
  /** Executes a statement as the owner of the database, and returns its rows. */
  rows(statement: string, values?: Record<string, unknown>): Promise<Record<string, unknown>[]>
  /** The keys of every file in the store, including partially written files, without heartbeats. */
  stored(): Promise<string[]>
  /** Waits until the files of finished uploads are deleted from `incoming/`. */
  incomingIsEmpty(): Promise<void>
  /** Starts another medias-service on the same database, virtual host and store, which accepts the same tokens. */
  startAnother(): Promise<AnotherService>
  stop(): Promise<void>
}

interface AnotherService {
  context: Context
  url: string
  stop(): Promise<void>
}

export const userPermissions = [
  'media:create',
  'media:read:own',
  'media:update:own',
  'media:delete:own',
  'tags:read',
  'tags:create',
]

interface Options {
  variables?: Record<string, string>
  /** A broker only for this service, which is not set up. Default: a virtual host in the run's broker. */
  amqpUrl?: string
  /** Wraps the real file store of each service. */
  store?: (real: FileStore) => FileStore
  /** The interval of the heartbeat in the file store. */
  beatMs?: number
}

/** Starts medias-service in this process, with a new database, virtual host and folder. */
export async function startMedias({
  variables = {},
  amqpUrl,
  store,
  beatMs = 10_000,
}: Options = {}): Promise<MediasUnderTest> {
  const [database, vhost, storeFolder] = await Promise.all([
    createDatabase({ template: 'mediasdb' }),
    createVhost(),
    mkdtemp(join(tmpdir(), 'likeness-medias-')),
  ])
  const mediasdb = openMediasdb(database.url, { applicationName: 'test', poolSize: 5 })
  const tokens = createTokens()
  const environment = readEnvironment(environmentSchema, {
    MEDIASDB_URL: logInAs('medias_service', database.url),
    AMQP_URL: amqpUrl ?? logInAs('medias-service', vhost.url),
    AMQP_TOPOLOGY: amqpUrl ? 'declare' : 'check',
    MEDIA_STORE_DIR: storeFolder,
    // Nothing listens on this port, so owners have no names.
    MAIN_SERVICE_URL: 'http://127.0.0.1:9',
    AUTH_SERVICE_URL: 'http://127.0.0.1:9',
    TOKEN_ISSUER: 'http://localhost:3002',
    ...variables,
  })
  const logger = createLogger({ service: 'medias-service', level: 'silent' })
  const broker = connectBroker({ url: amqpUrl ?? vhost.url, name: 'test', logger })
  const start = async (): Promise<AnotherService> => {
    const real = openDiskStore(storeFolder, { beatMs })
    const context = await createContext(environment, logger, {
      keys: tokens.keys,
      revocations: tokens.revocations,
      store: store?.(real) ?? real,
    })
    const listening = await listen(createApp(context), { host: '127.0.0.1', port: 0 })
    const stop = async () => {
      listening.closeConnections()
      await listening.close()
      await context.close()
    }
    return { context, url: `http://127.0.0.1:${listening.port}`, stop }
  }
  const { context, url, stop } = await start()

  const client = (id: string, token?: string): Client => ({
    id,
    token,
    get: (path, headers = {}) => send('GET', `${url}/api/v1${path}`, { token, headers }),
    send: (method, path, body, headers = {}) => send(method, `${url}/api/v1${path}`, { body, token, headers }),
    upload: (files, fields = {}, headers = {}) =>
      send('POST', `${url}/api/v1/media`, { body: formOf(files, fields), token, headers }),
    fetch: (path, init = {}) =>
      fetch(`${url}/api/v1${path}`, {
        ...init,
        headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...init.headers },
      }),
  })
  const stored = async () => {
    const entries = await readdir(storeFolder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() && entry.name !== 'heartbeat')
      .map((entry) => relative(storeFolder, join(entry.parentPath, entry.name)))
  }

  return {
    context,
    url,
    tokens,
    vhost,
    broker,
    databaseUrl: database.url,
    mediasdb,
    storeFolder,
    nobody: client(''),
    somebody: (...permissions) => {
      const id = uuidv7()
      const granted = permissions.length > 0 ? permissions : userPermissions
      return client(id, tokens.userToken({ sub: id, permissions: granted }))
    },
    rows: (statement, values) => mediasdb.rows(statement, values),
    stored,
    incomingIsEmpty: () =>
      eventually(
        async () => {
          const left = (await stored()).filter((key) => key.startsWith('incoming/'))
          if (left.length > 0) throw new Error(`${left.join(', ')} is left`)
        },
        { limitMs: 60_000, everyMs: 20 },
      ),
    startAnother: start,
    stop: async () => {
      await stop()
      await Promise.all([mediasdb.close(), broker.close()])
      await Promise.all([database.drop(), vhost.drop(), rm(storeFolder, { recursive: true })])
    },
  }
}

/** A multipart body, as browsers create it. */
export function formOf(files: SentFile | SentFile[], fields: Fields = {}): FormData {
  const form = new FormData()
  for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) form.append(name, value)
  for (const { bytes, name = 'picture.png', type = '', field = 'file' } of [files].flat()) {
    form.append(field, new Blob([new Uint8Array(bytes)], { type }), name)
  }
  return form
}

let drawn = 0

/** A small PNG. Each call returns other bytes. */
export async function drawPicture({ width = 12, height = 8 } = {}): Promise<Buffer> {
  drawn++
  const background = { r: drawn & 255, g: (drawn >> 8) & 255, b: process.pid & 255 }
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer()
}
