import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import {
  colourAt,
  expectNear,
  light,
  lossless,
  opaque,
  size,
  quartersOfTiff,
  tiffKinds,
} from '../../tests/four-quarters.ts'
import { tiffOf, type TiffPicture } from '../../tests/tiff-writer.ts'

describe('a TIFF with several pictures', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const seen = (pictures: TiffPicture[], options = {}): Promise<number[][]> =>
    quartersOfTiff(pipeline, pictures, options)

  const full: TiffPicture = { ...size, at: colourAt }
  const copy: TiffPicture = { width: 16, height: 8, at: () => [1, 2, 3], shorts: { 254: [1] } }

  it.each(tiffKinds)('shows the full one if the first one is a copy of reduced size (%j)', async (order) => {
    expectNear(await seen([copy, full], order), opaque)
    expectNear(await seen([{ ...copy, shorts: { 255: [2] } }, full], order), opaque)
    expectNear(await seen([{ ...copy, inner: [{ ...copy, width: 20 }, full] }], order), opaque)
    const floats = {
      ...full,
      bits: 32,
      format: 'float',
      at: (x: number, y: number) => colourAt(x, y).map(light),
    } as const
    expectNear(await seen([copy, copy, floats], order), opaque)
  })

  it('shows the first one if it is a full picture, or if all are copies', async () => {
    expectNear(await seen([full, copy]), opaque)
    expectNear(await seen([{ ...full, shorts: { 254: [1] } }]), opaque)
  })

  it('does not show a mask', async () => {
    const mask: TiffPicture = { width: 64, height: 64, bits: 1, photometric: 4, shorts: { 254: [5] }, at: () => [1] }
    expectNear(await seen([copy, mask, full]), opaque)
  })

  it('does not show a copy if the full picture is not supported', async () => {
    const sensor = { ...full, bits: 16, photometric: 32_803, at: () => [7] } as const
    expect(await pipeline.codeOf(tiffOf([{ ...copy, inner: [sensor] }]), { presets: lossless })).toBe(
      'unsupported-pixels',
    )
  })
})
