import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { eventually, findFreePort } from '@likeness/local-servers'

import { createDatabase } from './databases.ts'
import { logInAs } from './log-in-as.ts'
import { startService, type ServiceOptions, type ServiceProcess } from './processes.ts'
import { createVhost } from './vhosts.ts'

interface SystemOptions {
  /** Number of workers at the start; default 1. */
  workers?: number
  /** Whether the gateway starts, too; default false. */
  gateway?: boolean
  /** Variables of one deployable, in addition to the variables of the system. */
  environment?: Partial<
    Record<'main-service' | 'auth-service' | 'medias-service' | 'media-worker' | 'gateway', Record<string, string>>
  >
  /**
   * Servers only for this system, for faults that must not affect other tests. medias-service and the workers use them as
   * in development, with every right. Default: databases and a virtual host in the run's servers, which they use as in
   * production, with few rights.
   */
  servers?: { mainDbUrl?: string; mediasDbUrl?: string; amqpUrl?: string }
  /** Runs the output of `npm run build`, as the images do, instead of the sources. */
  built?: boolean
  /** How to start medias-service and the workers in another environment, such as a mount namespace. */
  through?: ServiceOptions['through']
  /** An existing folder for the files of the system; default: a new folder in the machine's temporary folder. */
  folder?: string
}

/** The whole product as child processes, with its own databases, virtual host and file store. */
export interface System {
  authUrl: string
  mainUrl: string
  mediasUrl: string
  /** The one origin of all services, if the gateway was started. */
  gatewayUrl: string
  auth: ServiceProcess
  main: ServiceProcess
  medias: ServiceProcess
  workers: ServiceProcess[]
  mainDbUrl: string
  mediasDbUrl: string
  amqpUrl: string
  storeFolder: string
  /** The folder in which mails are stored instead of sent. */
  mailFolder: string
  /** @param extra variables of this worker only */
  startWorker(extra?: Record<string, string>): Promise<ServiceProcess>
  /** Restarts a stopped or killed service on the same port. */
  restart(service: 'main-service' | 'auth-service' | 'medias-service'): Promise<ServiceProcess>
  stop(): Promise<void>
}

/** Starts all processes and waits until they are ready. If one is not ready in time, removes everything. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const undo: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const step of undo.splice(0)) await step()
  }
  try {
    return Object.assign(await startParts(options, undo), { stop })
  } catch (error) {
    await stop()
    throw error
  }
}

/** A service that is ready still rejects tokens until it has read the revocations. */
async function assertAcceptsTokens(url: string): Promise<void> {
  const answer = await fetch(`${url}/readyz`)
  const { checks } = (await answer.json()) as { checks: Record<string, { status: string }> }
  if (checks['revocations']?.status !== 'ok') throw new Error(`${url} has not read the revocations`)
}

async function startParts(
  {
    workers = 1,
    gateway = false,
    environment = {},
    servers = {},
    built,
    through,
    folder: parent = tmpdir(),
  }: SystemOptions,
  undo: (() => Promise<unknown>)[],
): Promise<Omit<System, 'stop'>> {
  const own = async <T>(made: Promise<T>, remove: (thing: T) => Promise<unknown>): Promise<T> => {
    const thing = await made
    undo.unshift(() => remove(thing))
    return thing
  }
  const mainDbUrl = servers.mainDbUrl ?? (await own(createDatabase({ template: 'maindb' }), (db) => db.drop())).url
  const mediasDbUrl =
    servers.mediasDbUrl ?? (await own(createDatabase({ template: 'mediasdb' }), (db) => db.drop())).url
  const amqpUrl = servers.amqpUrl ?? (await own(createVhost(), (vhost) => vhost.drop())).url
  const folder = await own(mkdtemp(join(parent, 'likeness-system-')), (path) => rm(path, { recursive: true }))
  const storeFolder = join(folder, 'store')
  const mailFolder = join(folder, 'mail')

  const ports = [await findFreePort(), await findFreePort(), await findFreePort(), await findFreePort()] as const
  const [mainPort, authPort, mediasPort, gatewayPort] = ports
  const mainUrl = `http://127.0.0.1:${mainPort}`
  const authUrl = `http://127.0.0.1:${authPort}`
  const mediasUrl = `http://127.0.0.1:${mediasPort}`
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`

  const shared = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'debug',
    HOST: '127.0.0.1',
    AUTH_SERVICE_URL: authUrl,
    TOKEN_ISSUER: authUrl,
  }
  const mediaAs = (role: 'medias_service' | 'media_worker', user: 'medias-service' | 'media-worker') => ({
    MEDIASDB_URL: servers.mediasDbUrl ?? logInAs(role, mediasDbUrl),
    AMQP_URL: servers.amqpUrl ?? logInAs(user, amqpUrl),
    AMQP_TOPOLOGY: servers.amqpUrl ? 'declare' : 'check',
    MEDIA_STORE_DIR: storeFolder,
  })
  const variables = {
    'main-service': {
      ...shared,
      PORT: String(mainPort),
      MAINDB_URL: mainDbUrl,
      MEDIAS_SERVICE_URL: mediasUrl,
      MAIL_DIR: mailFolder,
      // All tests of a system send their requests from one network address.
      LOGIN_FAILURES_PER_ADDRESS: '1000000',
      REGISTRATIONS_PER_ADDRESS: '1000000',
    },
    'auth-service': { ...shared, PORT: String(authPort), MAIN_SERVICE_URL: mainUrl, KEYS_DIR: join(folder, 'keys') },
    'medias-service': {
      ...shared,
      ...mediaAs('medias_service', 'medias-service'),
      PORT: String(mediasPort),
      MAIN_SERVICE_URL: mainUrl,
    },
  }
  const urls = { 'main-service': mainUrl, 'auth-service': authUrl, 'medias-service': mediasUrl }
  const running = new Set<ServiceProcess>()

  async function start(name: keyof typeof variables): Promise<ServiceProcess> {
    const service = await startService({
      folder: name,
      environment: { ...variables[name], ...environment[name] },
      readyUrl: `${urls[name]}/readyz`,
      built,
      through: name === 'medias-service' ? through : undefined,
    })
    running.add(service)
    return service
  }

  async function startWorker(extra: Record<string, string> = {}): Promise<ServiceProcess> {
    const port = await findFreePort()
    const worker = await startService({
      folder: 'media-worker',
      environment: {
        NODE_ENV: 'test',
        LOG_LEVEL: 'debug',
        HOST: '127.0.0.1',
        WORKER_PORT: String(port),
        WORKER_SLOTS: '2',
        ...mediaAs('media_worker', 'media-worker'),
        ...environment['media-worker'],
        ...extra,
      },
      readyUrl: `http://127.0.0.1:${port}/readyz`,
      built,
      through,
    })
    running.add(worker)
    system.workers.push(worker)
    return worker
  }

  async function startGateway(): Promise<void> {
    const service = await startService({
      folder: 'deploy/gateway',
      environment: {
        NODE_ENV: 'test',
        LOG_LEVEL: 'debug',
        HOST: '127.0.0.1',
        PORT: String(gatewayPort),
        MAIN_SERVICE_URL: mainUrl,
        AUTH_SERVICE_URL: authUrl,
        MEDIAS_SERVICE_URL: mediasUrl,
        ...environment.gateway,
      },
      readyUrl: `${gatewayUrl}/readyz`,
      built,
    })
    running.add(service)
  }

  undo.unshift(() => Promise.all([...running].map((service) => service.stop())))
  const [main, auth, medias] = await Promise.all([
    start('main-service'),
    start('auth-service'),
    start('medias-service'),
    gateway ? startGateway() : undefined,
  ])
  const system: Omit<System, 'stop'> = {
    authUrl,
    mainUrl,
    mediasUrl,
    gatewayUrl,
    auth,
    main,
    medias,
    workers: [],
    mainDbUrl,
    mediasDbUrl,
    amqpUrl,
    storeFolder,
    mailFolder,
    startWorker,
    async restart(name) {
      const service = await start(name)
      if (name === 'main-service') system.main = service
      if (name === 'auth-service') system.auth = service
      if (name === 'medias-service') system.medias = service
      return service
    },
  }
  await Promise.all(Array.from({ length: workers }, () => startWorker()))
  await eventually(() => Promise.all(Object.values(urls).map(assertAcceptsTokens)), { limitMs: 20_000 })
  return system
}
