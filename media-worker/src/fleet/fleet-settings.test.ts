import { describe, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'

import { readFleetSettings } from './fleet-settings.ts'

describe('what a worker is told', () => {
  const size = { slots: 2, maxSlots: 3 }
  const told = { paused: false, slots: null, presets: null }

  it('leaves the slots to it, or sets them as far as its memory carries them', () => {
    const slotsOf = (slots: number | null): number => readFleetSettings({ ...told, slots }, size).slots
    expect([null, 1, 3, 64].map(slotsOf)).toEqual([2, 1, 3, 3])
  })

  it('is the presets of this build before anybody told of others, and none where it cannot read them', () => {
    expect(readFleetSettings(told, size).presets).toBe(defaultPresets)
    expect(readFleetSettings({ ...told, presets: [{ name: 'thumb', format: 'jxl' }] }, size).presets).toBeNull()
  })
})
