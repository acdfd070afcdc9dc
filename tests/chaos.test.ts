import { expect, it } from '@jest/globals'

import { runChaos } from './chaos/run-chaos.ts'

// This file uses startSystem, in chaos/chaos-system.ts.
it('When every part is killed or frozen at random, then nothing that was accepted is lost', async () => {
  const { violations, uploads, refreshes, roles, faults } = await runChaos({ seconds: 60, clients: 1 })
  expect(violations).toEqual([])
  // The clients worked, and the faults happened.
  expect(uploads.length).toBeGreaterThan(5)
  expect(refreshes).toBeGreaterThan(5)
  expect(roles.flatMap(({ accepted }) => accepted).length).toBeGreaterThan(5)
  expect(Object.keys(faults).length).toBeGreaterThan(2)
}, 600_000)
