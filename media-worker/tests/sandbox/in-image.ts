import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

import type { Preset } from '@likeness/media-jobs'
import sharp from 'sharp'

import type * as RenderChild from '../../src/render/render-child.ts'
import type * as Calls from '../../src/sandbox/native-calls.ts'
import type * as Sandboxes from '../../src/sandbox/sandbox.ts'
import { notDenied, notDeniedInSandbox } from './expected-results.ts'
import type { ProbeRequest, ProbeResults } from './probe-request.ts'

/**
 * Runs the probe in the image of media-worker, with the image's own code, and renders a picture of each kind there. It exits
 * with 1 if the sandbox allows too much or too little. scripts/try-sandbox.sh compiles and starts it.
 */
const built = (path: string): Promise<unknown> => import(new URL(`../dist/${path}`, import.meta.url).href)
const { loadNativeCalls } = (await built('sandbox/native-calls.js')) as typeof Calls
const { openSandbox } = (await built('sandbox/sandbox.js')) as typeof Sandboxes
const { renderProgram, startRenderChild } = (await built('render/render-child.js')) as typeof RenderChild

const folder = mkdtempSync(join(tmpdir(), 'likeness-probe-'))
const [readable, unreadable] = [join(folder, 'readable'), join(folder, 'unreadable')]
for (const each of [readable, unreadable]) {
  mkdirSync(join(each, 'empty'), { recursive: true })
  for (const name of ['source', 'target']) writeFileSync(join(each, name), name)
}

loadNativeCalls()?.hideThisProcess()
const sandbox = openSandbox({ readable: [readable] })
const never = new AbortController().signal
const bounds = { cpuMs: 60_000, durationMs: 60_000, memoryBytes: 2 ** 31 }
const limits = { maxPixels: 1e8, maxSide: 2e4, maxFrames: 200, maxOutputBytes: 1e9 }
const picture = { focalPoint: null, limits }
const failures: unknown[] = sandbox.missing.map((part) => `The kernel lacks ${part}`)

async function probe(): Promise<ProbeResults> {
  const neighbour = spawn(process.execPath, ['--eval', 'setInterval(() => 0, 1_000)'], { stdio: 'ignore' })
  const request: ProbeRequest = {
    readable,
    unreadable,
    secrets: ['/etc/passwd', '/proc/1/environ', '/proc/version'],
    neighbour: neighbour.pid ?? 0,
    port: 8080,
    socket: join(folder, 'socket'),
    abstractSocket: 'likeness-probe',
  }
  const child = startRenderChild(new URL('probe.mjs', import.meta.url).pathname, { sandbox })
  try {
    await child.render({ ...picture, presets: [], path: JSON.stringify(request) }, never, bounds)
    throw new Error('The probe sent no results')
  } catch (error) {
    const { message } = error as Error
    if (!message.startsWith('{')) throw error
    return JSON.parse(message) as ProbeResults
  } finally {
    neighbour.kill('SIGKILL')
    await child.end()
  }
}

async function render(): Promise<void> {
  const child = startRenderChild(renderProgram, { sandbox })
  const canvas = sharp({ create: { width: 90, height: 60, channels: 3, background: 'orange' } })
  const text = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><text y="40">Text</text></svg>'
  const sources: Record<string, Buffer | string> = { svg: text }
  for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)
    sources[format] = await canvas.clone().toFormat(format).toBuffer()
  const quality = { avif: 60, jpeg: 75, webp: 80 }
  const small: Preset = {
    name: 'small',
    fit: 'inside',
    width: 50,
    height: 50,
    enlarge: false,
    formats: ['webp'],
    quality,
  }
  const presets = [small]
  for (const [format, bytes] of Object.entries(sources)) {
    const path = join(readable, format)
    writeFileSync(path, bytes)
    await child
      .render({ ...picture, presets, path }, never, bounds)
      .catch((error: unknown) => failures.push(format, error))
  }
  await child.end()
}

const results = await probe()
if (!isDeepStrictEqual(notDenied(results), notDeniedInSandbox)) failures.push(notDenied(results))
await render()
for (const failure of failures)
  process.stderr.write(`${failure instanceof Error ? failure.stack : JSON.stringify(failure)}\n`)
process.stdout.write(
  `${Object.keys(results).length} attempts as user ${process.getuid?.()}: ${failures.length} failures\n`,
)
process.exit(failures.length === 0 ? 0 : 1)
