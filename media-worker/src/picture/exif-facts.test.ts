import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import sharp from 'sharp'

import { readExifFacts, type CameraFacts } from './exif-facts.ts'

const nothing = { cameraMake: null, cameraModel: null, takenAt: null }

/** The block that sharp writes for these entries, starting with `Exif`. */
async function exifOf(exif: { make?: string; model?: string; photo?: Record<string, string> }): Promise<Buffer> {
  const { make, model, photo = {} } = exif
  const written = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
    .withExif({ IFD0: { ...(make && { Make: make }), ...(model && { Model: model }) }, IFD2: photo })
    .jpeg()
    .toBuffer()
  const { exif: block } = await sharp(written).metadata()
  if (!block) throw new Error('The picture has no Exif block')
  return block
}

const takenAt = async (DateTimeOriginal: string, offset?: string): Promise<string | null> => {
  const photo = { DateTimeOriginal, ...(offset && { OffsetTimeOriginal: offset }) }
  return readExifFacts(await exifOf({ photo })).takenAt
}

describe('the facts in an Exif block', () => {
  it('are the make, the model and the time', async () => {
    const photo = { DateTimeOriginal: '2024:02:29 12:30:00' }
    const facts = readExifFacts(await exifOf({ make: 'Canon', model: 'EOS 5D', photo }))
    expect(facts).toEqual({ cameraMake: 'Canon', cameraModel: 'EOS 5D', takenAt: '2024-02-29T12:30:00' })
  })

  it('are read in both byte orders, with and without the prefix `Exif`', () => {
    const facts: CameraFacts = { cameraMake: 'AB', cameraModel: 'Camera', takenAt: null }
    for (const order of ['II', 'MM'] as const) {
      const block = blockOf(order, [asciiEntry(0x1_0f, 'AB'), asciiEntry(0x1_10, 'Camera')])
      expect(readExifFacts(block)).toEqual(facts)
      expect(readExifFacts(Buffer.concat([Buffer.from('Exif\0\0'), block]))).toEqual(facts)
    }
  })

  it('have the time in UTC if the offset of the clock is known', async () => {
    expect(await takenAt('2024:01:01 00:30:00', '+02:00')).toBe('2023-12-31T22:30:00Z')
    expect(await takenAt('2024:01:01 00:30:00', '-03:30')).toBe('2024-01-01T04:00:00Z')
    expect(await takenAt('2024:01:01 00:30:00', 'Z')).toBe('2024-01-01T00:30:00Z')
    for (const unknown of ['   :  ', '+15:00', '+02:60', 'CEST']) {
      expect(await takenAt('2024:01:01 00:30:00', unknown)).toBe('2024-01-01T00:30:00')
    }
  })

  it('have the time of digitization if the original time is missing', async () => {
    const photo = { DateTimeDigitized: '2020:05:06 07:08:09', OffsetTimeDigitized: '+01:00' }
    expect(readExifFacts(await exifOf({ photo })).takenAt).toBe('2020-05-06T06:08:09Z')
  })

  it('have no time if the written time does not exist', async () => {
    const never = ['0000:00:00 00:00:00', '2023:02:29 12:00:00', '2024:13:01 12:00:00', '2024:01:01 24:00:00']
    for (const time of [...never, '2024:01:01 12:60:00', '1700:01:01 12:00:00', '    :  :     :  :  ', 'yesterday']) {
      expect(await takenAt(time)).toBeNull()
    }
  })

  it('have names without control characters, cut to 100 characters', () => {
    const facts = (text: Buffer): CameraFacts => readExifFacts(blockOf('II', [asciiEntry(0x1_0f, text)]))
    expect(facts(Buffer.from('  NIKON\r\n\u0007 CORPORATION \0after')).cameraMake).toBe('NIKON CORPORATION')
    expect(facts(Buffer.from('\u202Egnikcuf\u2028'.repeat(2))).cameraMake).toBe('gnikcuf gnikcuf')
    expect(facts(Buffer.from(' \0\0')).cameraMake).toBeNull()
    expect(facts(Buffer.from('Äpfel')).cameraMake).toBe('Äpfel')
    expect(facts(Buffer.from('Äpfel', 'latin1')).cameraMake).toBe('Äpfel')
    const long = facts(Buffer.from('📷'.repeat(200))).cameraMake
    expect(long).toBe('📷'.repeat(100))
    expect(long?.isWellFormed()).toBe(true)
  })

  it('are null if the block is missing or invalid', () => {
    for (const block of [
      null,
      undefined,
      Buffer.alloc(0),
      Buffer.from('Exif\0\0'),
      Buffer.from('II*\0\xff\xff\xff\xff'),
    ]) {
      expect(readExifFacts(block)).toEqual(nothing)
    }
    const elsewhere = blockOf('II', [{ tag: 0x1_0f, type: 2, count: 4_000_000_000, value: 4_000_000_000 }])
    expect(readExifFacts(elsewhere)).toEqual(nothing)
    expect(readExifFacts(blockOf('II', [{ tag: 0x1_0f, type: 3, count: 1, value: 7 }]))).toEqual(nothing)
  })

  it('are read quickly and without an error, whatever the bytes are', async () => {
    const whole = await exifOf({ make: 'Canon', model: 'EOS', photo: { DateTimeOriginal: '2024:02:29 12:30:00' } })
    const block = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([Buffer.from('II*\0'), bytes])),
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }).map((changes) => {
        const changed = Buffer.from(whole)
        for (const [at, byte] of changes) changed[at] = byte
        return changed
      }),
    )
    fc.assert(
      fc.property(block, (bytes) => {
        const { cameraMake, cameraModel, takenAt: moment } = readExifFacts(bytes)
        for (const name of [cameraMake, cameraModel]) {
          expect(name ?? 'none').toMatch(/^\P{C}{1,100}$/u)
        }
        if (moment) expect(moment).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?$/)
      }),
      { numRuns: 2_000 },
    )
    // Every entry claims to have four billion values. A reader that trusts the count would run for hours.
    const entry = { tag: 0x1_0f, type: 5, count: 4_000_000_000, value: 8 }
    const greedy = Buffer.concat([
      blockOf(
        'II',
        Array.from({ length: 5_000 }, () => entry),
      ),
      Buffer.alloc(60_000),
    ])
    const startedAt = performance.now()
    expect(readExifFacts(greedy)).toEqual(nothing)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
})

interface Entry {
  tag: number
  type: number
  count: number
  /** A value of up to 4 bytes, or the offset of a longer one. Text is written after the directory. */
  value: number | Buffer
}

function asciiEntry(tag: number, text: string | Buffer): Entry {
  const bytes = Buffer.concat([Buffer.from(text), Buffer.alloc(1)])
  return { tag, type: 2, count: bytes.length, value: bytes }
}

/** Writes a TIFF structure with one directory. */
function blockOf(order: 'II' | 'MM', entries: Entry[]): Buffer {
  const little = order === 'II'
  const head = Buffer.alloc(10 + entries.length * 12 + 4)
  const short = (value: number, at: number): unknown =>
    little ? head.writeUInt16LE(value, at) : head.writeUInt16BE(value, at)
  const long = (value: number, at: number): unknown =>
    little ? head.writeUInt32LE(value, at) : head.writeUInt32BE(value, at)
  head.write(order)
  short(42, 2)
  long(8, 4)
  short(entries.length, 8)
  const texts: Buffer[] = []
  let end = head.length
  for (const [index, { tag, type, count, value }] of entries.entries()) {
    const at = 10 + index * 12
    short(tag, at)
    short(type, at + 2)
    long(count, at + 4)
    if (typeof value === 'number') long(value, at + 8)
    else if (count <= 4) value.copy(head, at + 8)
    else {
      long(end, at + 8)
      texts.push(value)
      end += value.length
    }
  }
  return Buffer.concat([head, ...texts])
}
