import { describe, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'

import { createFleetSettings } from './fleet/fleet-settings.ts'
import { watchConsumers } from './liveness.ts'

describe('the consumers of a worker', () => {
  const watch = () => {
    const fleetSettings = createFleetSettings(1)
    fleetSettings.replace({ presets: defaultPresets, paused: false, slots: 1 })
    const state = { connected: true, consuming: [true, true], now: 0 }
    const consumers = [0, 1].map((index) => ({ isConsuming: () => state.consuming[index] ?? false }))
    const check = watchConsumers(
      { fleetSettings, broker: { isConnected: () => state.connected } },
      consumers,
      () => state.now,
    )
    const after = (ms: number): string | null => {
      state.now += ms
      return check.stuck()
    }
    return { state, fleetSettings, after }
  }

  it('are missed when one is away for two minutes while jobs should come', () => {
    const { state, after } = watch()
    expect(after(1_000_000)).toBeNull()
    state.consuming[1] = false
    expect(after(0)).toBeNull()
    expect(after(119_999)).toBeNull()
    expect(after(1)).toBe('No consumer for 120 s, although the broker is connected')
    state.consuming[1] = true
    expect(after(0)).toBeNull()
    state.consuming[0] = false
    expect(after(119_999)).toBeNull()
  })

  it('are not missed while the broker is away, the fleet is paused, or its presets cannot be read', () => {
    const { state, fleetSettings, after } = watch()
    state.consuming = [false, false]
    state.connected = false
    expect(after(1_000_000)).toBeNull()
    expect(after(1_000_000)).toBeNull()
    state.connected = true
    fleetSettings.replace({ presets: defaultPresets, paused: true, slots: 1 })
    expect([after(1_000_000), after(1_000_000)]).toEqual([null, null])
    fleetSettings.replace({ presets: null, paused: false, slots: 1 })
    expect([after(1_000_000), after(1_000_000)]).toEqual([null, null])
    fleetSettings.replace({ presets: defaultPresets, paused: false, slots: 1 })
    expect(after(0)).toBeNull()
    expect(after(120_000)).not.toBeNull()
  })
})
