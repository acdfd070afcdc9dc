import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { MissingProgramError, takeFileLock } from '@likeness/local-servers'
import { FONTS_ADVICE, hasFonts } from '@likeness/service-kit/process'

import { writeToTerminal } from './local-system/console-lines.ts'
import { administratorOf } from './local-system/local-site.ts'
import { RefusedStartError } from './local-system/refused-start-error.ts'
import { startLocalSystem, StoppedError, StopList } from './local-system/start-local-system.ts'
import { watchSources } from './local-system/watch-sources.ts'

const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const labels = [
  'gateway',
  'auth-service',
  'main-service',
  'medias-service',
  'media-worker-1',
  'media-worker-2',
  'migrations',
]
const checkServersEveryMs = 2_000

/** Runs the whole system. Restarts services when their sources change or when they end. */
async function main(): Promise<void> {
  const output = writeToTerminal(labels)
  const lock = takeLock()
  if ('heldBy' in lock) {
    output.say(
      `make dev already runs in this clone (process ${lock.heldBy}). Stop it with Ctrl-C, or use its addresses.`,
    )
    process.exit(1)
  }
  const stops = new StopList()
  await stops.add(async () => lock.release())
  const stop = () => {
    if (!stops.isStopping) output.say('Stopping all servers and services …')
    void stops.stop().then(() => process.exit(0))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)

  const reasons: string[] = []
  // The reasons come last, so that they are not lost between the log lines of the other services.
  const endWith = async (reason: string) => {
    reasons.push(reason)
    if (stops.isStopping) return
    output.say('Stopping all servers and services, because the system cannot start …')
    await stops.stop()
    output.say(reasons.join('\n'))
    process.exit(1)
  }

  try {
    const system = await startLocalSystem(repository, output, stops, (reason) => void endWith(reason))
    const folders = ['auth-service', 'main-service', 'medias-service', 'media-worker', 'deploy/gateway']
    watchSources(repository, folders, (affected, file) => {
      if (stops.isStopping) return
      const restarted = system.processes.filter(({ deployable }) => affected.has(deployable.folder))
      for (const one of restarted) one.restart(`${file} changed`)
    })
    setInterval(() => {
      if (stops.isStopping) return
      system.servers.restartDead().catch((error: Error) => output.say(error.message))
    }, checkServersEveryMs)

    const late = await system.waitUntilReady(60_000)
    if (late.length > 0) output.say(`Not ready after 60 s: ${late.join(', ')}. Their log lines are above.`)
    if (!hasFonts()) output.say(FONTS_ADVICE)
    output.say(describeAddresses(system))
  } catch (error) {
    if (error instanceof StoppedError) return
    const isExpected = error instanceof MissingProgramError || error instanceof RefusedStartError
    await endWith(isExpected ? error.message : String((error as Error).stack))
  }
}

/** Two systems in one clone would use the same databases and each other's ports. */
function takeLock(): ReturnType<typeof takeFileLock> {
  const local = join(repository, '.local')
  mkdirSync(local, { recursive: true })
  return takeFileLock(join(local, 'dev.lock'))
}

function describeAddresses({ urls, servers, settings }: Awaited<ReturnType<typeof startLocalSystem>>): string {
  const set = { ...settings['main-service'], ...process.env }
  const { email: name, password: given, isPublic } = administratorOf(settings)
  const password = isPublic ? given : 'as set in ADMIN_PASSWORD'
  return [
    '',
    `  Likeness         ${urls.gateway}   the whole API; its reference: ${urls.gateway}/docs/`,
    `  main-service     ${urls.main}   users, roles, permissions`,
    `  medias-service   ${urls.medias}   media, versions, sizes, tags`,
    `  auth-service     ${urls.auth}   registration, login, tokens`,
    `  maindb           ${servers.mainDbUrl}`,
    `  mediasdb         ${servers.mediasDbUrl}`,
    `  RabbitMQ         ${servers.managementUrl ?? servers.amqpUrl}`,
    `  mail             ${set['SMTP_URL'] ? 'sent through SMTP_URL' : join(repository, '.local', 'mail')}`,
    `  administrator    ${name}, password ${password}`,
    '  Ctrl-C stops everything.',
    '',
  ].join('\n')
}

await main()
