import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { eventually, registerSomebody, type Person } from '@likeness/test-kit'

import { drawPhotos, makeCameraPictures } from '../camera-pictures.ts'
import { figuresOf, formatFigures } from '../measure.ts'
import { startPrivateServers, type PrivateServers } from '../private-servers.ts'
import { figuresOfFamily, listFamily, proportionalBytesOf } from '../process-figures.ts'
import { listenForReady, uploadUntilReady, writeCopy } from '../ready-media.ts'
import { repository } from '../repository.ts'
import { fillCompileCache, planFive, startOne, stopAll, type Deployable, type Running } from './five-processes.ts'
import { bytesSharedOnce } from './shared-once.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 3)
const IDLE_SECONDS = Number(process.env['IDLE_SECONDS'] ?? 60)
const WARM_PICTURES = Number(process.env['PICTURES'] ?? 10)
/** The number of idle periods, each of which is followed by a measured picture. */
const IDLES = Number(process.env['IDLES'] ?? 2)

/**
 * Measures the memory and the start times of three idle services and two idle workers, and how much longer the first
 * picture after an idle period takes. `NODE24` is the path of another node, which is measured too; with `ONLY24`, only that
 * node is measured.
 */
async function main(): Promise<void> {
  build()
  const undo: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0)) await step()
  }
  process.once('SIGINT', () => void stop().finally(() => process.exit(130)))
  try {
    const servers = await startPrivateServers(undo)
    const [picture = ''] = await makeCameraPictures(await drawPhotos(1), servers.folder)
    const nodes = [process.env['ONLY24'] ? [] : [process.execPath], process.env['NODE24'] ?? []].flat()
    for (const node of nodes) await measureNode(servers, node, picture, undo)
  } finally {
    await stop()
  }
}

function build(): void {
  const names = ['main-service', 'auth-service', 'medias-service', 'media-worker']
  const workspaces = names.flatMap((name) => ['--workspace', name])
  execFileSync('npm', ['run', '--silent', 'build', ...workspaces], { cwd: repository, stdio: 'inherit' })
}

async function measureNode(
  servers: PrivateServers,
  node: string,
  picture: string,
  undo: (() => Promise<unknown>)[],
): Promise<void> {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  const cacheFolder = join(servers.folder, `compile-cache-${version}`)
  const start = (deployable: Deployable) => startOne(deployable, node, cacheFolder)
  const deployables = await planFive(servers)

  console.log(
    `\nNode ${version}: milliseconds from the start alone, to /healthz and to /readyz, and CPU to /healthz; ${ROUNDS} rounds\n`,
  )
  for (const deployable of deployables.slice(0, 4)) {
    fillCompileCache(deployable, node, cacheFolder)
    // The first start does not count, because it reads files that later starts find in the page cache.
    await stopAll([await start(deployable)])
    const rounds: Running[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const running = await start(deployable)
      rounds.push(running)
      await stopAll([running])
    }
    printTimes(deployable.label, rounds)
  }

  console.log(`\nNode ${version}: the same, all five at once\n`)
  const rounds: Running[][] = []
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) await stopAll(rounds.at(-1) ?? [])
    rounds.push(await Promise.all(deployables.map(start)))
  }
  for (const [index, { label }] of deployables.entries()) {
    printTimes(
      label,
      rounds.flatMap((round) => round[index] ?? []),
    )
  }
  const last = (['answersMs', 'readyMs'] as const).map((name) =>
    formatMs(rounds.map((round) => Math.max(...round.map(({ times }) => times[name])))),
  )
  console.log(`  ${'the last one'.padEnd(18)} ${last.join(' ')}`)

  const five = rounds.at(-1) ?? []
  undo.unshift(() => stopAll(five.splice(0)))
  await pause(IDLE_SECONDS * 1_000)
  printMemory(`Node ${version}: MB ${IDLE_SECONDS} s after the start`, five)
  await measureFirstPictures(servers, five, picture, version)
  await stopAll(five.splice(0))
}

async function measureFirstPictures(
  servers: PrivateServers,
  five: Running[],
  picture: string,
  version: string,
): Promise<void> {
  const urlOf = (folder: string) => five.find(({ deployable }) => deployable.folder === folder)?.deployable.url ?? ''
  const system = { authUrl: urlOf('auth-service'), mediasUrl: urlOf('medias-service') }
  const person = await eventually(() => registerSomebody(system), { limitMs: 10_000 })
  const ready = await listenForReady(servers.mediasDbUrl)
  const render = async (uploader: Person) =>
    uploadUntilReady(system, uploader, ready, await writeCopy(servers.folder, picture))
  const firsts = [await render(person)]
  const warm: number[] = []
  for (let idle = 0; idle < IDLES; idle++) {
    // The first jobs warm up both workers, which get jobs in turn.
    for (let count = 0; count < 4; count++) await render(person)
    for (let count = 0; count < WARM_PICTURES; count++) warm.push(await render(person))
    await pause((IDLE_SECONDS + 10) * 1_000)
    printMemory(`Node ${version}: MB ${IDLE_SECONDS} s after ${WARM_PICTURES + 4} pictures`, five)
    // All rounds together must be shorter than 15 minutes, the lifetime of the user's access token.
    firsts.push(await render(person))
  }
  await ready.stop()
  const warmMs = figuresOf(warm)
  console.log(`\nNode ${version}: milliseconds from the 201 of an upload of 12 megapixels to ready\n`)
  console.log(`  ${'warm'.padEnd(34)} ${formatFigures(warmMs)}`)
  console.log(`  ${'the first after the start'.padEnd(34)} ${formatMs(firsts.slice(0, 1))}`)
  console.log(`  ${'the first after idling'.padEnd(34)} ${formatMs(firsts.slice(1))}`)
  console.log(`  ${'later than a warm one'.padEnd(34)} ${formatMs(firsts.slice(1).map((ms) => ms - warmMs.median))}`)
}

function printTimes(label: string, rounds: Running[]): void {
  const figures = (['answersMs', 'readyMs', 'cpuMs'] as const).map((name) =>
    formatMs(rounds.map(({ times }) => times[name])),
  )
  console.log(`  ${label.padEnd(18)} ${figures.join(' ')}`)
}

function formatMs(values: number[]): string {
  return formatFigures(figuresOf(values)).padEnd(20)
}

/** RSS counts a shared page in each process. PSS divides it among all processes that have it, on the whole machine. */
function printMemory(title: string, five: Running[]): void {
  const megabytes = (bytes: number) => (bytes / 1_048_576).toFixed(0).padStart(9)
  const rows = five.map(({ deployable, process: { pid } }) => ({
    label: deployable.label,
    processes: listFamily(pid).length,
    resident: figuresOfFamily(pid).residentBytes,
    proportional: proportionalBytesOf(pid),
  }))
  const all = rows.reduce((sum, row) => ({
    label: 'total',
    processes: sum.processes + row.processes,
    resident: sum.resident + row.resident,
    proportional: sum.proportional + row.proportional,
  }))
  console.log(`\n${title}: processes, resident (RSS), proportional (PSS)\n`)
  for (const { label, processes, resident, proportional } of [...rows, all]) {
    console.log(`  ${label.padEnd(18)} ${processes} ${megabytes(resident)} ${megabytes(proportional)}`)
  }
  const once = bytesSharedOnce(five.flatMap(({ process: { pid } }) => listFamily(pid)))
  console.log(`  ${'shared pages counted once'.padEnd(30)} ${megabytes(once)}`)
}

await main()
