import type { RegenerationFilter } from '@likeness/mediasdb'

import type { PresetsInForce } from '../presets/presets-in-force.ts'

/** What is wrong with a filter that names presets which there are not. */
export function unknownPresets(presets: PresetsInForce, { presets: names = [] }: RegenerationFilter) {
  return names.flatMap((name, index) =>
    presets.find(name) ? [] : [{ path: `body.filter.presets.${index}`, message: 'is not the name of a preset' }],
  )
}
