import { EventEmitter, once, setMaxListeners } from 'node:events'

import type { Preset } from '@likeness/media-jobs'

/** The presets that this service and every worker currently use. */
export interface PresetsInForce {
  current(): readonly Preset[]
  find(name: string): Preset | undefined
  replace(presets: readonly Preset[]): void
  /** Resolves with the next `replace`, or when the signal aborts. */
  replaced(signal: AbortSignal): Promise<void>
}

export function createPresetsInForce(initial: readonly Preset[]): PresetsInForce {
  let presets = initial
  const changes = new EventEmitter()
  // Each waiting replica of main-service is one listener.
  setMaxListeners(0, changes)
  return {
    current: () => presets,
    find: (name) => presets.find((preset) => preset.name === name),
    replace: (newer) => {
      presets = newer
      changes.emit('replaced')
    },
    replaced: (signal) =>
      once(changes, 'replaced', { signal }).then(
        () => undefined,
        () => undefined,
      ),
  }
}
