import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { MissingProgramError } from '@likeness/local-servers'

import { openSession } from './demo/api-session.ts'
import { writeContactSheet } from './demo/contact-sheet.ts'
import { gatherPictures } from './demo/demo-pictures.ts'
import { formatOutcomes, summarise } from './demo/format-outcomes.ts'
import { processPictures, type Outcome } from './demo/process-pictures.ts'
import { writeToFile } from './local-system/console-lines.ts'
import { RefusedStartError } from './local-system/refused-start-error.ts'
import { startLocalSystem, StoppedError, StopList } from './local-system/start-local-system.ts'

const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const workFolder = join(repository, '.local', 'demo')
const logFile = join(workFolder, 'log.txt')

/** Runs the whole product once: uploads pictures through the REST API, and downloads every size of them. */
async function main(): Promise<void> {
  await rm(workFolder, { recursive: true, force: true })
  await mkdir(workFolder, { recursive: true })
  const output = writeToFile(logFile)
  const stops = new StopList()
  const endWith = (code: number) => stops.stop().then(() => process.exit(code))
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => {
      if (!stops.isStopping) output.say('\nStopping all servers and services …')
      void endWith(code)
    })
  }

  try {
    const startedAt = performance.now()
    const paths = await gatherPictures(process.env['PHOTOS'] || undefined, workFolder)
    const refuse = (reason: string) => {
      if (stops.isStopping) return
      void stops.stop().then(() => {
        output.say(reason)
        process.exit(1)
      })
    }
    const system = await startLocalSystem(repository, output, stops, refuse)
    const late = await system.waitUntilReady(60_000)
    if (late.length > 0) throw new Error(`Not ready after 60 s: ${late.join(', ')}`)

    const session = await openSession(system.urls)
    output.say(`Registered and logged in as ${session.email}. Uploading ${paths.length} pictures …`)
    const outcomes = await processPictures(session, paths, workFolder, showProgress(paths.length))
    output.say(`\n${formatOutcomes(outcomes)}\n`)
    output.say(summarise(outcomes))
    const [page, sheet] = await writeContactSheet(outcomes, workFolder)
    output.say(`All pictures on one page:  ${page}\nAll pictures in one image: ${sheet}`)

    const crashed = system.processes.filter((one) => one.crashes() > 0).map((one) => one.deployable.label)
    if (crashed.length > 0) throw new Error(`These processes ended unexpectedly: ${crashed.join(', ')}`)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    output.say(`The demo took ${seconds} s. Stopping all servers and services …`)
    await endWith(0)
  } catch (error) {
    if (error instanceof StoppedError || stops.isStopping) return
    const known = error instanceof MissingProgramError || error instanceof RefusedStartError
    output.say(known ? error.message : `${String((error as Error).stack)}\nThe log of the services: ${logFile}`)
    await endWith(1)
  }
}

/** On a terminal, writes one line that is overwritten; elsewhere, writes one line for each picture. */
function showProgress(total: number): (done: Outcome[]) => void {
  return (done) => {
    const last = done.at(-1)
    if (!last) return
    const failed = done.filter((one) => one.failure).length
    const counts = `${done.length}/${total} done${failed > 0 ? `, ${failed} failed` : ''}`
    const state = last.failure ? last.failure.code : `${last.sizes.length} sizes`
    const line = `  ${counts}: ${last.name}, ${state}, ${(last.ms / 1000).toFixed(2)} s`
    if (process.stdout.isTTY) process.stdout.write(`\r\u001B[K${line}${done.length === total ? '\n' : ''}`)
    else console.log(line)
  }
}

await main()
