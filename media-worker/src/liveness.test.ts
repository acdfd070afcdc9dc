import { describe, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'

import { createFleetSettings } from './fleet/fleet-settings.ts'
import { watchConsumers } from './liveness.ts'

describe('the liveness check of the consumers', () => {
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

  it('reports a consumer that is missing for two minutes while jobs should arrive', () => {
    const { state, after } = watch()
    expect(after(1_000_000)).toBeNull()
    state.consuming[1] = false
    expect(after(0)).toBeNull()
    expect(after(119_999)).toBeNull()
    expect(after(1)).toBe('A consumer has been missing for 120 s, although the broker is connected')
    state.consuming[1] = true
    expect(after(0)).toBeNull()
    state.consuming[0] = false
    expect(after(119_999)).toBeNull()
  })

  it('reports nothing while the broker is unavailable, the fleet is paused, or its presets cannot be read', () => {
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
