import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import {
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
import { fileOf, limits, openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'

const apng = (frames: ApngFrameOptions[], options: Partial<ApngOptions> = {}): Buffer =>
  apngOf({ ...canvas, frames, ...options })

describe('an animated PNG', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  describe('is a still picture', () => {
    const expectStill = async (file: Buffer, pixel: Pixel): Promise<void> => {
      const rendered = await pipeline.render(file)
      expect(rendered.facts).toMatchObject({ format: 'png', animated: false, pages: 1, ...canvas })
      expect(await framesOf(fileOf(rendered, 'small', 'avif').bytes)).toEqual([[near(pixel), near(pixel)]])
    }
    const frames = [{ samples: whole(...red) }, { samples: whole(...green) }]
    it.each<[string, Buffer, Pixel]>([
      ['if it has one frame', apng([{ samples: whole(...red) }]), red],
      [
        'if its only frame is not the default image',
        apng([{ samples: whole(...red) }], { hidden: whole(...green) }),
        red,
      ],
      ['without a control chunk', apng(frames, { declared: null }), red],
      ['if it declares no frames', apng(frames, { declared: 0 }), red],
    ])('%s', async (_, file, pixel) => expectStill(file, pixel))

    it('if its only frame covers a part of the canvas, around which it is transparent', async () => {
      const file = apng([{ samples: half(...green), region: right }], { hidden: whole(...red) })
      const rendered = await pipeline.render(file)
      expect(rendered.facts).toMatchObject({ animated: false, pages: 1, hasAlpha: true, ...canvas })
      const { bytes } = fileOf(rendered, 'small', 'webp')
      expect(await framesOf(bytes)).toEqual([[near(clear), near(green)]])
    })

    it('if its control chunk has a wrong checksum or comes too late', async () => {
      const file = apng(frames)
      const at = file.indexOf('acTL') - 4
      const control = file.subarray(at, at + 20)
      const late = file.indexOf('fdAT') - 4
      await expectStill(
        Buffer.concat([file.subarray(0, at), file.subarray(at + 20, late), control, file.subarray(late)]),
        red,
      )
      const wrong = Buffer.from(file)
      wrong[at + 16] = (wrong[at + 16] ?? 0) ^ 1
      await expectStill(wrong, red)
    })
  })

  describe('is corrupt', () => {
    const frames = [{ samples: whole(...red) }, { samples: half(...green), region: right }]
    const file = apng(frames)
    const at = (type: string): number => file.lastIndexOf(type) - 4
    const without = (type: string): Buffer => {
      const end = at(type) + 12 + file.readUInt32BE(at(type))
      return Buffer.concat([file.subarray(0, at(type)), file.subarray(end)])
    }
    it.each<[string, Buffer]>([
      ['if it declares more frames than it has', apng(frames, { declared: 3 })],
      ['if it declares fewer frames than it has', apng([...frames, ...frames], { declared: 2 })],
      [
        'if a frame leaves the canvas',
        apng([frames[0] as ApngFrameOptions, { samples: half(...red), region: { ...right, left: 21 } }]),
      ],
      [
        'if the first frame does not cover the default image',
        apng([frames[1] as ApngFrameOptions, frames[0] as ApngFrameOptions]),
      ],
      ['if its disposal is unknown', apng([{ samples: whole(...red), disposal: 3 }, { samples: whole(...red) }])],
      ['if its blending is unknown', apng([{ samples: whole(...red), blending: 2 }, { samples: whole(...red) }])],
      ['without the pixels of a frame', without('fdAT')],
      ['without the control of a frame', without('fcTL')],
      [
        'with a frame that is too short',
        apng([frames[0] as ApngFrameOptions, { samples: filled(20, 10, ...red), region: right }]),
      ],
      ['if it is truncated in a frame', file.subarray(0, at('fdAT') + 30)],
      ['if it is truncated between frames', file.subarray(0, at('fcTL'))],
    ])('%s', async (_, bytes) => {
      expect(await pipeline.codeOf(bytes)).toBe('corrupt-image')
    })

    it('with a wrong checksum', async () => {
      for (const type of ['fcTL', 'fdAT']) {
        const wrong = Buffer.from(file)
        const last = at(type) + 11 + file.readUInt32BE(at(type))
        wrong[last] = (wrong[last] ?? 0) ^ 1
        expect(await pipeline.codeOf(wrong)).toBe('corrupt-image')
      }
    })

    it('but not if it lacks only the end', async () => {
      expect((await pipeline.render(file.subarray(0, at('IEND')))).facts).toMatchObject({ animated: true, pages: 2 })
    })
  })

  it('that exceeds a limit is rejected before a pixel is decoded', async () => {
    const file = apng([{ samples: whole(...red) }, { samples: whole(...green) }, { samples: whole(...red) }])
    expect(await pipeline.codeOf(file, { limits: { ...limits, maxFrames: 2 } })).toBe('too-many-frames')
    expect(await pipeline.codeOf(file, { limits: { ...limits, maxPixels: canvas.width * canvas.height - 1 } })).toBe(
      'too-many-pixels',
    )
    const bytes = canvas.width * canvas.height * 4 * 3
    expect(await pipeline.codeOf(file, { limits: { ...limits, maxOutputBytes: bytes - 1 } })).toBe('output-too-large')
    await expect(
      pipeline.render(file, { limits: { ...limits, maxOutputBytes: bytes, maxFrames: 3 } }),
    ).resolves.toBeDefined()
    const many = apng([{ samples: whole(...red) }, { samples: whole(...green) }], { declared: 4_000_000_000 })
    expect(await pipeline.codeOf(many)).toBe('too-many-frames')
  })
})
