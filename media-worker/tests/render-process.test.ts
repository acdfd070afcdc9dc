import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'
import sharp, { type Sharp } from 'sharp'

import type { RenderedPicture } from '../src/picture/rendered-picture.ts'
import { renderProgram, startRenderChild } from '../src/render/render-child.ts'
import { openSandbox } from '../src/sandbox/sandbox.ts'
import { canvas, framesOf, green, near, red as opaqueRed, whole } from './animated-frames.ts'
import { apngOf } from './apng-writer.ts'
import { coloursAt, farthest, fileOf, halves, limits, red } from './drawn-pictures.ts'
import { clap, edited } from './heif-edits.ts'
import { testSandbox } from './test-sandbox.ts'

let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

it.each([
  ['in the sandbox', testSandbox],
  ['outside of it', openSandbox({ readable: [], native: null })],
])('a render process %s is killed before its parent when the machine runs out of memory', async (_where, sandbox) => {
  const { path, args, execArgv, env } = sandbox.forkArguments({ path: renderProgram, nodeOptions: [], environment: {} })
  child = fork(path, args, { execArgv, env, serialization: 'advanced' })
  await once(child, 'message')
  const scoreOf = (pid: number | undefined): number => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'latin1'))
  expect(scoreOf(child.pid)).toBe(1_000)
  expect(scoreOf(process.pid)).toBeLessThan(1_000)
})

/** Renders bytes in a render process, which has only the loaders that it needs. */
async function renderApart(bytes: Buffer | string): Promise<RenderedPicture> {
  const folder = await mkdtemp(join(tmpdir(), 'likeness-process-'))
  const rendering = startRenderChild(renderProgram, { sandbox: testSandbox })
  try {
    const path = join(folder, 'source')
    await writeFile(path, bytes)
    const request = { path, presets: defaultPresets, focalPoint: null, limits }
    const limit = { cpuMs: 30_000, durationMs: 90_000, memoryBytes: 2 ** 31 }
    return await rendering.render(request, new AbortController().signal, limit)
  } finally {
    await rendering.end()
    await rm(folder, { recursive: true })
  }
}

it('a render process decodes the pictures in a drawing, in each format that browsers show there', async () => {
  const picture = sharp({ create: { width: 60, height: 40, channels: 3, background: red } }).withMetadata({
    orientation: 6,
  })
  const encodings: ((image: Sharp) => Sharp)[] = [
    (image) => image.jpeg(),
    (image) => image.png(),
    (image) => image.webp(),
    (image) => image.gif(),
    (image) => image.avif(),
  ]
  const uris = await Promise.all(
    encodings.map(async (encode) => `data:;base64,${(await encode(picture.clone()).toBuffer()).toString('base64')}`),
  )
  const images = uris.map((uri, index) => `<image x="${index * 40}" width="40" height="40" href="${uri}"/>`)
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 40">${images.join('')}</svg>`
  const places = uris.map((_, index): [number, number] => [192 + index * 384, 192])
  for (const colour of await coloursAt(fileOf(await renderApart(svg), 'xlarge', 'webp').bytes, places)) {
    expect(colour.alpha).toBe(255)
    expect(farthest(colour, red)).toBeLessThan(12)
  }
})

it('a render process draws text', async () => {
  const text = '<text x="4" y="32" font-size="32" font-family="sans-serif">Wm</text>'
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><rect width="80" height="40" fill="#fff"/>${text}</svg>`
  const drawn = fileOf(await renderApart(svg), 'xlarge', 'webp').bytes
  const { channels } = await sharp(drawn).removeAlpha().toColourspace('b-w').stats()
  expect(channels[0]?.min).toBeLessThan(60)
})

it('a render process decodes an animated WebP whose frames need a temporary file', async () => {
  // libvips stores more than 100 MB of decoded frames in a file.
  const [width, height, pages] = [900, 600, 50]
  const frames = Array.from({ length: pages }, (_, page) => Buffer.alloc(width * height * 4, 40 + page * 4))
  const raw = { width, height: height * pages, channels: 4, pageHeight: height } as const
  const webp = await sharp(Buffer.concat(frames), { raw }).webp({ lossless: true, effort: 0 }).toBuffer()
  const { facts } = await renderApart(webp)
  expect(facts).toMatchObject({ width, height, pages, animated: true })
})

it('a render process decodes an animated PNG, and an AVIF with a clean aperture', async () => {
  const frames = [{ samples: whole(...opaqueRed) }, { samples: whole(...green) }]
  const animated = await renderApart(apngOf({ ...canvas, frames }))
  expect(animated.facts).toMatchObject({ ...canvas, animated: true, pages: 2 })
  const pixels = await framesOf(fileOf(animated, 'xlarge', 'webp').bytes)
  expect(pixels).toEqual([opaqueRed, green].map((pixel) => [near(pixel), near(pixel)]))

  const avif = edited(await halves(300, 200).avif({ effort: 0 }).toBuffer(), {
    properties: { 1: [clap([100, 1], [50, 1], [-100, 1], [0, 1])] },
  })
  const cropped = await renderApart(avif)
  expect(cropped.facts).toMatchObject({ width: 100, height: 50 })
  const [seen] = await coloursAt(fileOf(cropped, 'xlarge', 'jpeg').bytes, [[50, 25]])
  expect(farthest(seen, red)).toBeLessThan(12)
})
