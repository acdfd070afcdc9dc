import { defaultPresets, presetsSchema, type Preset } from '@likeness/media-jobs'
import type { Fleet } from '@likeness/mediasdb'

import type { WorkerSize } from '../machine/worker-size.ts'

/** The settings of the fleet, as they apply to this worker. */
export interface FleetSettings {
  /** Null before the worker has read the settings, and when this build cannot read the presets. */
  presets: readonly Preset[] | null
  /** Whether the fleet is paused, so that the worker accepts no jobs. */
  paused: boolean
  slots: number
}

/** The settings that currently apply. */
export interface CurrentFleetSettings {
  current(): FleetSettings
  replace(fleetSettings: FleetSettings): void
}

/** Starts with settings under which the worker accepts no jobs, until the fleet's row is read. */
export function createFleetSettings(ownSlots: number): CurrentFleetSettings {
  let fleetSettings: FleetSettings = { presets: null, paused: false, slots: ownSlots }
  return {
    current: () => fleetSettings,
    replace: (newSettings) => (fleetSettings = newSettings),
  }
}

/** Without presets the worker does not know which sizes to render. */
export function acceptsJobs({ presets, paused }: FleetSettings): boolean {
  return presets !== null && !paused
}

/**
 * Reads this worker's settings from the fleet's row.
 *
 * @param size the worker's own number of slots, which applies if the fleet sets none, and the maximum for its memory
 */
export function readFleetSettings(
  { paused, slots, presets }: Fleet,
  size: Pick<WorkerSize, 'slots' | 'maxSlots'>,
): FleetSettings {
  return {
    paused,
    slots: Math.min(slots ?? size.slots, size.maxSlots),
    presets: presets === null ? defaultPresets : readPresets(presets),
  }
}

function readPresets(value: unknown): readonly Preset[] | null {
  return presetsSchema.safeParse(value).data ?? null
}
