import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { defaultPresets, TransientError } from '@likeness/media-jobs'
import type { Logger } from '@likeness/service-kit/process'
import { makeVectorPicture } from '@likeness/test-kit'
import sharp from 'sharp'

import { createContext } from '../../src/context.ts'
import { environmentSchema } from '../../src/env.ts'
import { renderProgram, startRenderChild } from '../../src/render/render-child.ts'
import { loadNativeCalls } from '../../src/sandbox/native-calls.ts'
import { openSandbox } from '../../src/sandbox/sandbox.ts'

const pictureLimits = { maxPixels: 1e8, maxSide: 2e4, maxFrames: 200, maxOutputBytes: 1e9 }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-unrestricted-'))
})
afterAll(() => rm(folder, { recursive: true }))

const native = loadNativeCalls()
const cases = [
  { machine: 'the whole sandbox', lacking: null, missing: ['landlock', 'seccomp'] },
  { machine: 'Landlock', lacking: { landlockVersion: 0 }, missing: ['landlock'] },
  { machine: 'seccomp', lacking: { hasSeccomp: false }, missing: ['seccomp'] },
]

it.each(cases)(
  'When the machine lacks $machine, then the worker warns once, and renders',
  async ({ lacking, missing }) => {
    const warnings: object[] = []
    const nothing = (): undefined => undefined
    const logger = { info: nothing, debug: nothing, error: nothing, warn: (fields: object) => warnings.push(fields) }
    // The worker connects to neither of them in this test.
    const environment = environmentSchema.parse({
      MEDIASDB_URL: 'postgres://nobody:none@127.0.0.1:1/none',
      AMQP_URL: 'amqp://127.0.0.1:1',
      MEDIA_STORE_DIR: folder,
      WORKER_SLOTS: 2,
    })
    const sandbox = openSandbox({ readable: [folder], native: lacking && native && { ...native, ...lacking } })
    const context = await createContext(environment, logger as unknown as Logger, { sandbox })
    try {
      const pictures = [
        {
          bytes: await sharp({ create: { width: 90, height: 60, channels: 3, background: 'red' } })
            .png()
            .toBuffer(),
          format: 'png',
        },
        { bytes: (await makeVectorPicture()).bytes, format: 'svg' },
      ]
      for (const pool of [context.pools.interactive, context.pools.bulk]) {
        for (const { bytes, format } of pictures) {
          const path = join(folder, format)
          await writeFile(path, bytes)
          const request = { path, presets: defaultPresets, focalPoint: null, limits: context.limits }
          expect(await pool.render(request, new AbortController().signal)).toMatchObject({ facts: { format } })
        }
      }
    } finally {
      await context.close()
    }
    const about = warnings.filter((fields) => JSON.stringify(fields).includes('sandbox'))
    expect(about).toEqual([
      { event: 'worker.sandbox-incomplete', missing, advice: expect.stringContaining('Landlock') },
    ])
  },
)

it('When the launcher cannot make a step, then the render process does not start', async () => {
  const sandbox = openSandbox({ readable: [folder], native: native && { ...native, module: '/nowhere/koffi.js' } })
  const child = startRenderChild(renderProgram, { sandbox })
  const request = { path: folder, presets: defaultPresets, focalPoint: null, limits: pictureLimits }
  const bounds = { cpuMs: 60_000, durationMs: 60_000, memoryBytes: 2 ** 31 }
  const rendering = child.render(request, new AbortController().signal, bounds)
  await expect(rendering).rejects.toBeInstanceOf(TransientError)
  expect(child.isAlive()).toBe(false)
})
