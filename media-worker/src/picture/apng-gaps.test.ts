import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { canvas, framesOf, green, half, red, right, whole, type Pixel } from '../../tests/animated-frames.ts'
import { apngOf, type ApngFrameOptions } from '../../tests/apng-writer.ts'
import { fileOf, openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'

describe('an animated PNG without alpha in its pixels has alpha only if a frame leaves a gap:', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const opaque = (samples: Buffer): Buffer => Buffer.from(samples.filter((_, index) => index % 4 < 3))
  const frame = (pixel: Pixel, options: Partial<ApngFrameOptions> = {}): ApngFrameOptions => ({
    samples: opaque(options.region ? half(...pixel) : whole(...pixel)),
    ...options,
  })
  it.each<[string, boolean, ApngFrameOptions[]]>([
    ['frames that cover each other do not', false, [frame(red), frame(green, { region: right }), frame(red)]],
    ['a cleared frame that is covered does not', false, [frame(red, { disposal: 1 }), frame(green)]],
    ['a cleared frame that is not covered does', true, [frame(red, { disposal: 1 }), frame(green, { region: right })]],
    [
      'a restored frame does not',
      false,
      [frame(red), frame(green, { region: right, disposal: 2 }), frame(red, { region: right })],
    ],
    ['a cleared frame at the end does not', false, [frame(red), frame(green, { disposal: 1 })]],
  ])('%s', async (_, hasAlpha, frames) => {
    const rendered = await pipeline.render(apngOf({ ...canvas, colourType: 2, frames }))
    expect(rendered.facts).toMatchObject({ animated: true, hasAlpha })
    const alphas = (await framesOf(fileOf(rendered, 'small', 'webp').bytes)).flat().map((pixel) => pixel[3])
    expect(alphas.includes(0)).toBe(hasAlpha)
  })
})
