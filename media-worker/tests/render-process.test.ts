import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'
import sharp, { type Sharp } from 'sharp'

import { renderProgram, startRenderChild } from '../src/render/render-child.ts'
import { coloursAt, farthest, fileOf, limits, red } from './drawn-pictures.ts'

let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

it('a render process is killed before its parent when the machine runs out of memory', async () => {
  child = fork(renderProgram, [], { execArgv: ['--conditions=source', '--import', 'tsx'], serialization: 'advanced' })
  await once(child, 'message')
  const scoreOf = (pid: number | undefined): number => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'latin1'))
  expect(scoreOf(child.pid)).toBe(1_000)
  expect(scoreOf(process.pid)).toBeLessThan(1_000)
})

it('a render process decodes the pictures in a drawing, in each format that browsers show there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'likeness-drawing-'))
  const rendering = startRenderChild(renderProgram)
  try {
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
    const path = join(folder, 'drawing.svg')
    await writeFile(path, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 40">${images.join('')}</svg>`)
    const request = { path, presets: defaultPresets, focalPoint: null, limits }
    const rendered = await rendering.render(request, new AbortController().signal, {
      timeoutMs: 30_000,
      memoryBytes: 2 ** 31,
    })
    const places = uris.map((_, index): [number, number] => [192 + index * 384, 192])
    const seen = await coloursAt(fileOf(rendered, 'xlarge', 'webp').bytes, places)
    for (const colour of seen) {
      expect(colour.alpha).toBe(255)
      expect(farthest(colour, red)).toBeLessThan(12)
    }
  } finally {
    await rendering.end()
    await rm(folder, { recursive: true })
  }
})
