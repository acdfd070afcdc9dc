import type { Preset } from '@likeness/media-jobs'

/** The presets that hold at the moment, for this service and for every worker. */
export interface PresetsInForce {
  current(): readonly Preset[]
  find(name: string): Preset | undefined
  replace(presets: readonly Preset[]): void
}

export function createPresetsInForce(initial: readonly Preset[]): PresetsInForce {
  let presets = initial
  return {
    current: () => presets,
    find: (name) => presets.find((preset) => preset.name === name),
    replace: (newer) => {
      presets = newer
    },
  }
}
