import type { RegenerationFilter } from '@likeness/mediasdb'

import type { PresetsInForce } from '../presets/presets-in-force.ts'

/** An error for each name in a filter that is not the name of a preset. */
export function unknownPresets(presets: PresetsInForce, { presets: names = [] }: RegenerationFilter) {
  return names.flatMap((name, index) =>
    presets.find(name) ? [] : [{ path: `body.filter.presets.${index}`, message: 'is not the name of a preset' }],
  )
}
