import { readFile } from 'node:fs/promises'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { openPipeline, type PipelineUnderTest } from '../../tests/drawn-pictures.ts'
import { expectNear, greys, lossless, quarters, quartersOf, veiledGreys } from '../../tests/four-quarters.ts'
import { greyProfile } from '../../tests/grey-profile.ts'
import { heifOf } from '../../tests/heif-boxes.ts'
import { box, edited, imir } from '../../tests/heif-edits.ts'
import { byteOfLight } from './sample-colours.ts'

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../../tests/fixtures/${name}`, import.meta.url))

describe('grey in the narrow range of video', () => {
  let pipeline: PipelineUnderTest
  beforeAll(async () => {
    pipeline = await openPipeline()
  })
  afterAll(() => pipeline.close())

  const seen = async (file: Buffer): Promise<number[][]> =>
    quartersOf(await pipeline.render(file, { presets: lossless }))

  it('is as bright as its file says, in an AVIF of 8 and 10 bits', async () => {
    expectNear(await seen(await fixture('narrow-grey.avif')), greys)
    expectNear(await seen(await fixture('narrow-grey-10.avif')), greys)
  })

  it('is as bright as its file says if it is multiplied by alpha', async () => {
    expectNear(await seen(await fixture('narrow-grey-multiplied.avif')), veiledGreys, 4)
  })

  it('is widened before its profile is applied', async () => {
    const profile = box('colr', Buffer.from('prof'), greyProfile())
    const linear = quarters.map(([red]) => byteOfLight(red / 255)).map((byte) => [byte, byte, byte, 255])
    for (const name of ['narrow-grey.avif', 'narrow-grey-10.avif']) {
      expectNear(await seen(edited(await fixture(name), { properties: { 1: [profile] } })), linear, 3)
    }
  })

  it('is as bright as its file says in a HEIC, in one piece and in tiles; the full range is not changed', async () => {
    const tile = await fixture('grey.heic')
    const colourOf = async (narrow: boolean, columns?: number): Promise<string> => {
      const colours = { primaries: 1, transfer: 13, narrow }
      const tiles = columns ? [tile, tile] : [tile]
      const heic = heifOf({ tiles, colours, ...(columns ? { columns } : {}) })
      return (await pipeline.render(heic, { presets: lossless })).facts.dominantColor
    }
    // 136 of the narrow range is (136 − 16) × 255 / 219.
    expect(await colourOf(true)).toBe('#8c8c8c')
    expect(await colourOf(true, 2)).toBe('#8c8c8c')
    expect(await colourOf(false)).toBe('#888888')
  })

  it('is recognised behind an item that shows it', async () => {
    const dimensions = box('ispe', Buffer.from('000000000000003000000020', 'hex'))
    const shown = edited(await fixture('narrow-grey.avif'), { shownBy: [dimensions, imir(0)] })
    expectNear(await seen(shown), [greys[2], greys[3], greys[0], greys[1]] as number[][])
  })
})
