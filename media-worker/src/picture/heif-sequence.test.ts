import { readFileSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { halves, openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import { box, edited } from '../../tests/heif-edits.ts'

const heic = readFileSync(new URL('../../tests/fixtures/quarters.heic', import.meta.url))

/** Three pictures that depend on each other, with the first one as the primary item. */
const sequence = readFileSync(new URL('../../tests/fixtures/sequence.avif', import.meta.url))

const movieAt = sequence.indexOf('moov') - 4
const realMovie = sequence.subarray(movieAt, movieAt + sequence.readUInt32BE(movieAt))

/** A movie box with one track of this type and number of samples (ISO 14496-12, 8). */
function movie(handler: string, samples: number): Buffer {
  const sizes = Buffer.alloc(12)
  sizes.writeUInt32BE(100, 4)
  sizes.writeUInt32BE(samples, 8)
  const stbl = box('stbl', box('stsd', Buffer.alloc(8)), box('stsz', sizes))
  const hdlr = box('hdlr', Buffer.alloc(8), Buffer.from(handler), Buffer.alloc(13))
  return box('moov', box('mvhd', Buffer.alloc(100)), box('trak', box('mdia', hdlr, box('minf', stbl))))
}

describe('an animated HEIC or AVIF', () => {
  let pipeline: PipelineUnderTest
  let avif: Buffer
  beforeAll(async () => {
    pipeline = await openPipeline()
    avif = await halves(64, 48).avif({ effort: 0 }).toBuffer()
  })
  afterAll(() => pipeline.close())

  const branded = (file: Buffer, brands: string[], ...others: Buffer[]): Buffer =>
    Buffer.concat([edited(file, { brands }), ...others])

  it('is rejected with a code of its own', async () => {
    for (const brand of ['msf1', 'hevc', 'hevx', 'hevm', 'hevs']) {
      expect(await pipeline.codeOf(branded(heic, [brand, 'heic', 'mif1'], movie('pict', 2)))).toBe(
        'unsupported-animation',
      )
    }
    expect(await pipeline.codeOf(branded(avif, ['avis', 'avif', 'msf1'], movie('pict', 2)))).toBe(
      'unsupported-animation',
    )
    expect(await pipeline.codeOf(branded(avif, ['avis', 'avif']))).toBe('unsupported-animation')
  })

  it('is rendered as its primary picture if that is the main content, according to the major brand', async () => {
    for (const brands of [
      ['avif', 'avis', 'msf1', 'mif1'],
      ['mif1', 'avif', 'avis'],
    ]) {
      const rendered = await pipeline.render(branded(sequence, brands))
      expect(rendered.facts).toMatchObject({ width: 64, height: 48, format: 'avif', animated: false, pages: 1 })
      expect(rendered.facts.dominantColor).toMatch(/^#d[b-d]2[78]2[789]$/)
    }
    const { facts } = await pipeline.render(branded(heic, ['heic', 'hevc', 'msf1', 'mif1'], realMovie))
    expect(facts).toMatchObject({ width: 240, height: 160, format: 'heic', animated: false })
  })

  it('is rendered as its primary picture if it has no other one, in spite of its brand', async () => {
    for (const brand of ['msf1', 'hevc']) {
      const { facts } = await pipeline.render(branded(heic, [brand, 'heic', 'mif1']))
      expect(facts).toMatchObject({ width: 240, height: 160, format: 'heic', animated: false })
    }
  })
})
