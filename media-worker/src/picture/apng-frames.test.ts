import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets, type Preset } from '@likeness/media-jobs'
import sharp from 'sharp'

import {
  beside,
  blue,
  canvas,
  clear,
  framesOf,
  green,
  half,
  near,
  red,
  right,
  whole,
  type Pixel,
} from '../../tests/animated-frames.ts'
import { apngOf, filled, type ApngFrameOptions, type ApngOptions } from '../../tests/apng-writer.ts'
import { fileOf, openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import { pngChunk } from './png-chunks.ts'
import type { RenderedPicture } from './rendered-picture.ts'

const presets: Preset[] = defaultPresets.map((preset) => ({ ...preset, formats: ['gif', 'webp'] }))
const apng = (frames: ApngFrameOptions[], options: Partial<ApngOptions> = {}): Buffer =>
  apngOf({ ...canvas, frames, ...options })

describe('the frames of an animated PNG', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const expectFrames = async (file: Buffer, frames: [Pixel, Pixel][]): Promise<RenderedPicture> => {
    const rendered = await pipeline.render(file)
    expect(rendered.facts).toMatchObject({ ...canvas, format: 'png', animated: true, pages: frames.length })
    const { bytes } = fileOf(rendered, 'small', 'webp')
    expect(await framesOf(bytes)).toEqual(frames.map((pixels) => pixels.map(near)))
    return rendered
  }

  it('are rendered with their delays and plays, in WebP and GIF', async () => {
    const file = apng(
      [
        { samples: whole(...red), delay: [1, 4] },
        { samples: whole(...green), delay: [70, 0] },
        { samples: whole(...red), delay: [3, 1000] },
        { samples: whole(...green), delay: [0, 100] },
        { samples: whole(...red), delay: [65_535, 1] },
      ],
      { plays: 3, colourType: 6 },
    )
    const rendered = await pipeline.render(file, { presets })
    for (const format of ['webp', 'gif']) {
      const { bytes, width, height } = fileOf(rendered, 'xlarge', format)
      const written = await sharp(bytes).metadata()
      expect({ width, height }).toEqual(canvas)
      expect(written).toMatchObject({ pages: 5, loop: 3, ...canvas })
      // Browsers show a frame of at most 10 ms for 100 ms. 65,530 ms is the longest delay of a rendition.
      expect(written.delay).toEqual([250, 700, 100, 100, 65_530])
    }
    expect(rendered.facts.dominantColor).toBe('#dc2828')
  })

  it('without end are played without end', async () => {
    const rendered = await pipeline.render(apng([{ samples: whole(...red) }, { samples: whole(...green) }]))
    expect(rendered.files.map(({ format }) => format)).toEqual(['webp'])
    expect((await sharp(rendered.files[0]?.bytes).metadata()).loop).toBe(0)
  })

  it.each<[string, ApngFrameOptions[], [Pixel, Pixel][]]>([
    [
      'keep',
      [
        { samples: whole(...red) },
        { samples: half(...green), region: right },
        { samples: half(...red), region: right },
      ],
      [
        [red, red],
        [red, green],
        [red, red],
      ],
    ],
    [
      'clear',
      [
        { samples: whole(...red) },
        { samples: half(...green), region: right, disposal: 1 },
        { samples: half(...green), region: { ...right, left: 0 } },
      ],
      [
        [red, red],
        [red, green],
        [green, clear],
      ],
    ],
    [
      'restore',
      [
        { samples: whole(...red) },
        { samples: half(...green), region: right, disposal: 2 },
        { samples: half(...green), region: { ...right, left: 0 } },
      ],
      [
        [red, red],
        [red, green],
        [green, red],
      ],
    ],
    [
      'restore, at the first one, an empty canvas and',
      [
        { samples: whole(...red), disposal: 2 },
        { samples: half(...green), region: right },
      ],
      [
        [red, red],
        [clear, green],
      ],
    ],
  ])('%s their region before the next one', async (_, frames, expected) => {
    await expectFrames(apng(frames), expected)
  })

  it('replace the canvas, or are blended with it', async () => {
    const pale = [40, 200, 60, 128]
    await expectFrames(
      apng([
        { samples: whole(...red) },
        { samples: half(...pale), region: right, blending: 1, disposal: 2 },
        { samples: half(...pale), region: right, disposal: 1 },
        { samples: half(...green), region: right, disposal: 1 },
        { samples: half(...pale), region: right, blending: 1 },
        { samples: beside(blue, clear), blending: 1 },
        { samples: half(...green), region: right, blending: 1 },
        { samples: whole(...clear) },
      ]),
      [
        [red, red],
        [red, [130, 120, 50, 255]],
        [red, pale],
        [red, green],
        [red, pale],
        [blue, pale],
        [blue, green],
        [clear, clear],
      ],
    )
  })

  it('do not include a default image that is no frame', async () => {
    const frames = [{ samples: whole(...red) }, { samples: whole(...green) }]
    const { facts } = await expectFrames(apng(frames, { hidden: whole(...blue) }), [
      [red, red],
      [green, green],
    ])
    expect(facts.dominantColor).toBe('#dc2828')
  })

  it('may start with one that covers only a part, if the default image is no frame', async () => {
    const frames = [{ samples: half(...red), region: right }, { samples: whole(...green) }]
    await expectFrames(apng(frames, { hidden: whole(...green) }), [
      [clear, red],
      [green, green],
    ])
  })

  const grey = (value: number): Pixel => [value, value, value, 255]
  it.each<[string, Partial<ApngOptions>, Buffer, Buffer, Pixel, Pixel]>([
    [
      'RGB of 16 bits',
      { colourType: 2, depth: 16 },
      whole(220, 0, 40, 0, 40, 0),
      whole(40, 0, 200, 0, 60, 0),
      red,
      green,
    ],
    [
      'RGB of 16 bits with alpha',
      { depth: 16 },
      whole(220, 0, 40, 0, 40, 0, 255, 255),
      whole(40, 0, 200, 0, 60, 0, 128, 0),
      red,
      [40, 200, 60, 128],
    ],
    ['grey', { colourType: 0 }, whole(200), whole(50), grey(200), grey(50)],
    ['grey of 16 bits', { colourType: 0, depth: 16 }, whole(200, 0), whole(50, 0), grey(200), grey(50)],
    [
      'grey of one bit',
      { colourType: 0, depth: 1 },
      filled(5, canvas.height, 255),
      filled(5, canvas.height, 0),
      grey(255),
      grey(0),
    ],
    ['grey with alpha', { colourType: 4 }, whole(200, 255), whole(50, 128), grey(200), [50, 50, 50, 128]],
    [
      'a palette with alpha',
      {
        colourType: 3,
        before: [pngChunk('PLTE', Buffer.from([220, 40, 40, 40, 200, 60])), pngChunk('tRNS', Buffer.of(255, 128))],
      },
      whole(0),
      whole(1),
      red,
      [40, 200, 60, 128],
    ],
    [
      'a palette of two bits',
      { colourType: 3, depth: 2, before: [pngChunk('PLTE', Buffer.from([220, 40, 40, 40, 200, 60]))] },
      filled(10, canvas.height, 0),
      filled(10, canvas.height, 0b01010101),
      red,
      green,
    ],
  ])('can have %s', async (_, options, first, second, firstPixel, secondPixel) => {
    await expectFrames(apng([{ samples: first }, { samples: second }], options), [
      [firstPixel, firstPixel],
      [secondPixel, secondPixel],
    ])
  })

  it('can have their data in many chunks', async () => {
    await expectFrames(apng([{ samples: whole(...red) }, { samples: whole(...green) }], { parts: 7 }), [
      [red, red],
      [green, green],
    ])
  })

  it('are converted to sRGB', async () => {
    const p3 = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .withIccProfile('p3')
      .png()
      .toBuffer()
    const at = p3.indexOf('iCCP') - 4
    const profile = p3.subarray(at, at + 12 + p3.readUInt32BE(at))
    const frames = [{ samples: whole(200, 100, 60, 255) }, { samples: whole(...clear) }]
    // Calculated from the primaries (SMPTE EG 432-1, IEC 61966-2-1).
    await expectFrames(apng(frames, { before: [profile] }), [
      [
        [215, 93, 47, 255],
        [215, 93, 47, 255],
      ],
      [clear, clear],
    ])
  })

  it('have the colours that the PNG declares', async () => {
    const codes = pngChunk('cICP', Buffer.of(12, 13, 0, 1))
    const p3 = [{ samples: whole(200, 100, 60) }, { samples: half(40, 200, 60), region: right }]
    // Calculated from the primaries (SMPTE EG 432-1, IEC 61966-2-1). Green is outside sRGB.
    const orange = [215, 93, 47, 255]
    await expectFrames(apng(p3, { colourType: 2, before: [codes] }), [
      [orange, orange],
      [orange, [0, 203, 12, 255]],
    ])
    const gamma = pngChunk('gAMA', Buffer.from([0, 1, 0x86, 0xa0]))
    const linear = ([r = 0, g = 0, b = 0]: Pixel): number[] =>
      [r, g, b].flatMap((value) => {
        const light = Math.round(((value / 255 + 0.055) / 1.055) ** 2.4 * 65_535)
        return [light >> 8, light & 255]
      })
    const deep = [{ samples: whole(...linear(red)) }, { samples: half(...linear(green)), region: right }]
    await expectFrames(apng(deep, { colourType: 2, depth: 16, before: [gamma] }), [
      [red, red],
      [red, green],
    ])
  })

  it('are scaled and cropped', async () => {
    const wide = { width: 600, height: 300 }
    const frame = (first: Pixel, second: Pixel): Buffer => {
      const row = Buffer.concat([filled(300, 1, ...first), filled(300, 1, ...second)])
      return Buffer.concat(Array.from({ length: 300 }, () => row))
    }
    const file = apngOf({ ...wide, frames: [{ samples: frame(red, green) }, { samples: frame(green, red) }] })
    const rendered = await pipeline.render(file, { focalPoint: { x: 1, y: 0.5 } })
    expect(fileOf(rendered, 'small', 'webp')).toMatchObject({ width: 320, height: 160 })
    expect(fileOf(rendered, 'thumb', 'webp')).toMatchObject({ width: 200, height: 200 })
    expect(await framesOf(fileOf(rendered, 'small', 'webp').bytes)).toEqual([
      [near(red), near(green)],
      [near(green), near(red)],
    ])
    expect(await framesOf(fileOf(rendered, 'thumb', 'webp').bytes)).toEqual([
      [near(green), near(green)],
      [near(red), near(red)],
    ])
  })
})
