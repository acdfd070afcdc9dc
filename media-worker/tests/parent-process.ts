import { fileURLToPath } from 'node:url'

import { createLogger } from '@likeness/service-kit/process'

import { createRenderPool } from '../src/render/render-pool.ts'
import { testSandbox } from './test-sandbox.ts'

/** A process that starts a render process, sends its process id, and keeps it busy as its argument says. */
const pool = createRenderPool({
  sandbox: testSandbox,
  size: 1,
  cpuMs: 60_000,
  durationMs: 180_000,
  memoryBytes: 1_000_000_000,
  logger: createLogger({ service: 'test', level: 'silent' }),
  onRestart: () => undefined,
  program: fileURLToPath(new URL('./unruly-process.ts', import.meta.url)),
})
const request = { presets: [], focalPoint: null, limits: { maxPixels: 1, maxSide: 1, maxFrames: 1, maxOutputBytes: 1 } }
const { signal } = new AbortController()
const { facts } = await pool.render({ path: 'well', ...request }, signal)
void pool.render({ path: process.argv[2] ?? 'slow', ...request }, signal)
process.send?.(facts.width)
