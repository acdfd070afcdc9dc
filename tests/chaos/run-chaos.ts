import { setTimeout as pause } from 'node:timers/promises'

import { logInAdministrator, registerSomebody } from '@likeness/test-kit'

import { startChaosSystem } from './chaos-system.ts'
import { editRole, refreshSession, uploadPictures } from './clients.ts'
import { compare } from './compare.ts'
import { causeFaults } from './faults.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { openSession } from './session.ts'

export interface ChaosOptions {
  seconds: number
  /** Number of clients of each kind. */
  clients?: number
  /** Runs the output of `npm run build`. Default: the build of the test run. */
  built?: boolean
  say?: (line: string) => void
}

/** The ledger at the end, with the number of each fault. */
export interface ChaosReport extends Ledger {
  faults: Record<string, number>
}

/** Megabytes of the file store: each upload and its renditions take less than 0.2 MB, and a client uploads two a second. */
const diskMegabytes = (seconds: number, clients: number): number => Math.ceil(64 + seconds * clients * 0.5)

/**
 * Kills and freezes the services, workers, databases and the broker at random, and fills the disk, while clients upload
 * pictures, edit roles and refresh sessions. Then compares everything that was accepted with the rows and files.
 */
export async function runChaos({
  seconds,
  clients = 2,
  built,
  say = () => undefined,
}: ChaosOptions): Promise<ChaosReport> {
  const chaos = await startChaosSystem({ workers: 2, diskMegabytes: diskMegabytes(seconds, clients), built })
  try {
    const { system } = chaos
    const ledger = openLedger()
    const stopping = new AbortController()
    const administrator = await logInAdministrator(system)
    const names = Array.from({ length: clients }, (_, index) => `client-${index + 1}`)
    const persons = await Promise.all(
      names.flatMap((name) => [registerSomebody(system), registerSomebody(system, name)]),
    )
    const sessions = persons.map((person) => openSession(system, ledger, person))
    const working = names.flatMap((name, index) => [
      uploadPictures(system, ledger, sessions[index * 2] as (typeof sessions)[number], name, stopping.signal),
      refreshSession(sessions[index * 2 + 1] as (typeof sessions)[number], stopping.signal),
      editRole(system, ledger, openSession(system, ledger, administrator), name, stopping.signal),
    ])
    const causing = causeFaults(chaos, ledger, stopping.signal, say)
    // A fault that cannot be healed ends the run.
    await Promise.race([pause(seconds * 1_000), causing])
    stopping.abort()
    const [faults] = await Promise.all([causing, ...working])
    say('comparing')
    await compare(chaos, ledger)
    return { ...ledger, faults }
  } finally {
    await chaos.stop()
  }
}
