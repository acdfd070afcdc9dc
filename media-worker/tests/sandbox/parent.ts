import { fileURLToPath } from 'node:url'

import { startRenderChild } from '../../src/render/render-child.ts'
import { loadNativeCalls, type NativeCalls } from '../../src/sandbox/native-calls.ts'
import { openSandbox } from '../../src/sandbox/sandbox.ts'
import type { ProbeRequest } from './probe-request.ts'

/**
 * A process that starts the probe in the sandbox, as a worker starts a render process, and prints the results. Its
 * environment contains a secret.
 */
const { lacking, ...request } = JSON.parse(process.argv[2] ?? '') as ProbeRequest & { lacking: Partial<NativeCalls> }
const native = loadNativeCalls()
if (!native) throw new Error('This machine has no koffi')
native.hideThisProcess()
const sandbox = openSandbox({ readable: [request.readable], native: { ...native, ...lacking } })
const probe = startRenderChild(fileURLToPath(new URL('./probe.ts', import.meta.url)), { sandbox })
const picture = {
  path: JSON.stringify(request),
  presets: [],
  focalPoint: null,
  limits: { maxPixels: 1, maxSide: 1, maxFrames: 1, maxOutputBytes: 1 },
}
const limits = { cpuMs: 60_000, durationMs: 60_000, memoryBytes: 2 ** 31 }
const results = await probe.render(picture, new AbortController().signal, limits).catch((error: Error) => {
  if (error.message.startsWith('{')) return error.message
  throw error
})
await probe.end()
process.stdout.write(`${String(results)}\n`)
