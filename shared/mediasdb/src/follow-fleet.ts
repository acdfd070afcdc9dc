import type { Attributes } from '@likeness/postgres'
import { repeat } from '@likeness/service-kit/process'

import type { FleetModel } from './models/fleet.ts'
import type { Mediasdb } from './open-mediasdb.ts'

/** The fleet settings, which all workers follow. */
export type Fleet = Pick<Attributes<FleetModel>, 'paused' | 'slots' | 'presets'>

export interface FleetFollower {
  /** Resolves after the first read of the row. */
  known: Promise<void>
  stop(): Promise<void>
}

interface FollowOptions {
  /** Wakes the follower when the row may have changed. */
  listener: { wait(limitMs: number, signal: AbortSignal): Promise<void> }
  /** Called after the first read and after every change. */
  onChange: (fleet: Fleet) => void
  onError: (error: unknown) => void
}

/** The maximum delay of a change whose notification was lost. */
const POLL_MS = 2_000

/** Reads the row of `fleet`. */
export async function readFleet(mediasdb: Mediasdb): Promise<Fleet> {
  const row = await mediasdb.Fleet.findOne({ where: { id: true } })
  const { paused = false, slots = null, presets = null } = row ?? {}
  return { paused, slots, presets }
}

/** Follows the row of `fleet`. While the database is unavailable, the last settings remain valid. */
export function followFleet(mediasdb: Mediasdb, { listener, onChange, onError }: FollowOptions): FleetFollower {
  let seen = ''
  let isKnown: () => void = () => undefined
  const known = new Promise<void>((resolve) => (isKnown = resolve))

  async function look(): Promise<void> {
    const fleet = await readFleet(mediasdb)
    const text = JSON.stringify(fleet)
    if (text === seen) return
    seen = text
    onChange(fleet)
    isKnown()
  }

  const { stop } = repeat({ work: look, everyMs: POLL_MS, listener, onError })
  return { known, stop }
}
