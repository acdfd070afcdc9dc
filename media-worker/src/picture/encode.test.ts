import { describe, expect, it } from '@jest/globals'
import sharp from 'sharp'

import { encode } from './encode.ts'

const picture = sharp({ create: { width: 64, height: 48, channels: 3, background: { r: 200, g: 40, b: 40 } } })

describe('the encoder', () => {
  it('halves the colour resolution of AVIF, as in JPEG and WebP', async () => {
    const avif = await encode(picture.clone(), 'avif', 60).toBuffer()
    // AV1 in ISOBMFF, 2.3.3: the third byte ends with chroma_subsampling_x and _y, then two bits for the sample position.
    const configuration = avif.indexOf('av1C') + 4
    expect((avif.readUInt8(configuration + 2) >> 2) & 0b11).toBe(0b11)
    const jpeg = await encode(picture.clone(), 'jpeg', 75).toBuffer()
    expect(await sharp(jpeg).metadata()).toMatchObject({ chromaSubsampling: '4:2:0' })
  })
})
