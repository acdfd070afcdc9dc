import { describe, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'

import { readFleetSettings } from './fleet-settings.ts'

describe('the settings of a worker', () => {
  const size = { slots: 2, maxSlots: 3 }
  const unset = { paused: false, slots: null, presets: null }

  it('contain its own number of slots, or the number of the fleet up to the maximum for its memory', () => {
    const slotsOf = (slots: number | null): number => readFleetSettings({ ...unset, slots }, size).slots
    expect([null, 1, 3, 64].map(slotsOf)).toEqual([2, 1, 3, 3])
  })

  it('contain the default presets before the fleet has any, and none if this build cannot read them', () => {
    expect(readFleetSettings(unset, size).presets).toBe(defaultPresets)
    expect(readFleetSettings({ ...unset, presets: [{ name: 'thumb', format: 'jxl' }] }, size).presets).toBeNull()
  })
})
