import { setTimeout as pause } from 'node:timers/promises'

import { eventually, type ServiceProcess } from '@likeness/test-kit'

import type { ChaosSystem } from './chaos-system.ts'
import { violate, type Ledger } from './ledger.ts'

/** A fault: `begin` causes it, `heal` does what a supervisor or an operator does. */
interface Fault {
  name: string
  begin(): Promise<unknown> | void
  heal(): Promise<unknown> | void
}

const services = ['main-service', 'auth-service', 'medias-service'] as const

/** The time for a service to start again, while its database may still recover. */
const RESTART_MS = 120_000

/** All faults that can happen to the current processes. */
function listFaults({ system, maindb, mediasdb, rabbit, disk }: ChaosSystem): Fault[] {
  const process = { 'main-service': system.main, 'auth-service': system.auth, 'medias-service': system.medias }
  const restart = (name: (typeof services)[number]): Promise<unknown> =>
    eventually(() => system.restart(name), { limitMs: RESTART_MS })
  const startWorker = (): Promise<unknown> => eventually(() => system.startWorker(), { limitMs: RESTART_MS })
  const killWorker = (worker: ServiceProcess): Promise<unknown> => {
    system.workers.splice(system.workers.indexOf(worker), 1)
    return worker.kill()
  }
  const frozen = (name: string, part: { freeze(): void; thaw(): void }): Fault => ({
    name: `${name} frozen`,
    begin: () => part.freeze(),
    heal: () => part.thaw(),
  })
  return [
    ...services.flatMap((name) => [
      { name: `${name} killed`, begin: () => process[name].kill(), heal: () => restart(name) },
      frozen(name, process[name]),
    ]),
    ...system.workers.flatMap((worker, index) => [
      { name: `worker ${index + 1} killed`, begin: () => killWorker(worker), heal: startWorker },
      frozen(`worker ${index + 1}`, worker),
    ]),
    ...Object.entries({ maindb, mediasdb, rabbit }).flatMap(([name, server]) => [
      { name: `${name} killed`, begin: () => server.kill(), heal: () => server.start() },
      frozen(name, server),
    ]),
    ...(disk ? [{ name: 'disk full', begin: () => disk.fill(), heal: () => disk.free() }] : []),
  ]
}

/**
 * Causes one or two faults at random, heals them after a moment, waits until every part is ready, and begins again.
 *
 * @returns the number of each fault
 */
export async function causeFaults(
  chaos: ChaosSystem,
  ledger: Ledger,
  stopping: AbortSignal,
  say: (line: string) => void,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  // Every fault happens once before any fault happens again.
  let names: string[] = []
  while (!stopping.aborted) {
    const faults = listFaults(chaos)
    if (names.length === 0) names = faults.map(({ name }) => name).sort(() => Math.random() - 0.5)
    const chosen = names.splice(0, Math.random() < 0.3 ? 2 : 1)
    const now = faults.filter(({ name }) => chosen.includes(name) && !isSamePart(name, chosen))
    for (const { name } of now) counts[name] = (counts[name] ?? 0) + 1
    say(now.map(({ name }) => name).join(', '))
    await Promise.all(now.map((fault) => fault.begin()))
    await pause(500 + Math.random() * 4_500)
    await Promise.all(now.map((fault) => fault.heal()))
    await becomeReady(chaos, ledger)
    await pause(Math.random() * 2_000)
  }
  return counts
}

/** A killed process cannot be frozen, so of two faults of one part only the first is used. */
function isSamePart(name: string, chosen: string[]): boolean {
  const part = (fault: string): string => fault.replace(/ \w+$/, '')
  return chosen.slice(0, chosen.indexOf(name)).some((other) => part(other) === part(name))
}

/** Waits until every part is ready. A part that ended although nobody killed it breaks a promise. */
async function becomeReady({ system }: ChaosSystem, ledger: Ledger): Promise<void> {
  const running = { main: system.main, auth: system.auth, medias: system.medias }
  for (const [name, service] of [
    ...Object.entries(running),
    ...system.workers.map((one) => ['worker', one] as const),
  ]) {
    if (!service.isRunning()) violate(ledger, `${name} ended by itself: ${JSON.stringify(service.log.slice(-3))}`)
  }
  await eventually(
    async () => {
      for (const url of [system.mainUrl, system.authUrl, system.mediasUrl]) {
        const { status } = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })
        if (status !== 200) throw new Error(`${url} is not ready`)
      }
    },
    { limitMs: RESTART_MS },
  )
}
