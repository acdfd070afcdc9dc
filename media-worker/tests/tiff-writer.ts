import { deflateSync } from 'node:zlib'

/** A picture to write as a TIFF (TIFF 6.0, BigTIFF). */
export interface TiffPicture {
  width: number
  height: number
  /** The numbers of a pixel, one per channel, as they are stored. */
  at(x: number, y: number): number[]
  /** Bits of each number; default: 8. */
  bits?: 1 | 2 | 4 | 8 | 12 | 16 | 24 | 32 | 64
  /** Default: unsigned. */
  format?: 'unsigned' | 'signed' | 'float'
  /** Default: 2, RGB. */
  photometric?: number
  isPlanar?: boolean
  /** Width and height of a tile. */
  tile?: number
  rowsPerStrip?: number
  compression?: 'none' | 'deflate'
  /** The bytes of its strips, if they are not simply the numbers. */
  strips?: Buffer[]
  profile?: Buffer
  /** Further fields: shorts by their tags. */
  shorts?: Record<number, number[]>
  /** Further fields: fractions by their tags, in thousandths. */
  thousandths?: Record<number, number[]>
  /** Pictures inside of this directory. */
  inner?: TiffPicture[]
}

interface FileOptions {
  bigEndian?: boolean
  bigTiff?: boolean
}

const formats = { unsigned: 1, signed: 2, float: 3 }
const SHORT = 3
const LONG = 4
const RATIONAL = 5
const UNDEFINED = 7
const LONG8 = 16

/** Writes pictures as the directories of one TIFF. */
export function tiffOf(pictures: TiffPicture[], options: FileOptions = {}): Buffer {
  const writer = new Writer(options)
  let link = writer.begin()
  for (const picture of pictures) {
    const { at, nextAt } = writer.directory(picture)
    writer.patch(link, at)
    link = nextAt
  }
  return writer.bytes()
}

interface Field {
  tag: number
  type: number
  count: number
  value: Buffer
}

class Writer {
  readonly #bigEndian: boolean
  readonly #word: 4 | 8
  #parts: Buffer[] = []
  #length = 0

  constructor({ bigEndian = false, bigTiff = false }: FileOptions) {
    this.#bigEndian = bigEndian
    this.#word = bigTiff ? 8 : 4
  }

  begin(): number {
    this.#add(Buffer.from(this.#bigEndian ? 'MM' : 'II'))
    this.#add(this.#number(this.#word === 8 ? 43 : 42, 2))
    if (this.#word === 8) this.#add(Buffer.concat([this.#number(8, 2), this.#number(0, 2)]))
    return this.#add(this.#number(0, this.#word))
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }

  patch(at: number, value: number): void {
    const whole = this.bytes()
    this.#number(value, this.#word).copy(whole, at)
    this.#parts = [whole]
  }

  directory(picture: TiffPicture): { at: number; nextAt: number } {
    const inner = (picture.inner ?? []).map((one) => this.directory(one).at)
    const blocks = (picture.strips ?? blocksOf(picture, (value) => this.#sample(value, picture))).map((block) => ({
      at: this.#add(picture.compression === 'deflate' ? deflateSync(block) : block),
      length: picture.compression === 'deflate' ? deflateSync(block).length : block.length,
    }))
    const channels = picture.at(0, 0).length
    const { bits = 8, format = 'unsigned', tile } = picture
    const fields = [
      this.#field(256, LONG, [picture.width]),
      this.#field(257, LONG, [picture.height]),
      this.#field(258, SHORT, Array<number>(channels).fill(bits)),
      this.#field(259, SHORT, [picture.compression === 'deflate' ? 8 : 1]),
      this.#field(262, SHORT, [picture.photometric ?? 2]),
      this.#field(277, SHORT, [channels]),
      this.#field(284, SHORT, [picture.isPlanar ? 2 : 1]),
      this.#field(339, SHORT, Array<number>(channels).fill(formats[format])),
      ...(tile
        ? [this.#field(322, LONG, [tile]), this.#field(323, LONG, [tile])]
        : [this.#field(278, LONG, [picture.rowsPerStrip ?? picture.height])]),
      this.#field(
        tile ? 324 : 273,
        this.#word === 8 ? LONG8 : LONG,
        blocks.map(({ at }) => at),
      ),
      this.#field(
        tile ? 325 : 279,
        LONG,
        blocks.map(({ length }) => length),
      ),
      ...Object.entries(picture.shorts ?? {}).map(([tag, values]) => this.#field(Number(tag), SHORT, values)),
      ...Object.entries(picture.thousandths ?? {}).map(([tag, values]) => this.#field(Number(tag), RATIONAL, values)),
      ...(inner.length > 0 ? [this.#field(330, this.#word === 8 ? LONG8 : LONG, inner)] : []),
      ...(picture.profile
        ? [{ tag: 34_675, type: UNDEFINED, count: picture.profile.length, value: picture.profile }]
        : []),
    ].toSorted((one, other) => one.tag - other.tag)
    return this.#addDirectory(fields)
  }

  #addDirectory(fields: Field[]): { at: number; nextAt: number } {
    const values = fields.map(({ value }) => {
      if (value.length <= this.#word) return Buffer.concat([value, Buffer.alloc(this.#word - value.length)])
      return this.#number(this.#add(value), this.#word)
    })
    const at = this.#add(this.#number(fields.length, this.#word === 8 ? 8 : 2))
    for (const [index, { tag, type, count }] of fields.entries()) {
      this.#add(Buffer.concat([this.#number(tag, 2), this.#number(type, 2), this.#number(count, this.#word)]))
      this.#add(values[index] ?? Buffer.alloc(0))
    }
    return { at, nextAt: this.#add(this.#number(0, this.#word)) }
  }

  #field(tag: number, type: number, values: number[]): Field {
    const parts = values.map((value) => {
      if (type === RATIONAL) return Buffer.concat([this.#number(value, 4), this.#number(1_000, 4)])
      return this.#number(value, type === SHORT ? 2 : type === LONG ? 4 : 8)
    })
    return { tag, type, count: values.length, value: Buffer.concat(parts) }
  }

  #number(value: number, size: 2 | 4 | 8): Buffer {
    const bytes = Buffer.alloc(size)
    if (size === 8) bytes.writeBigUInt64LE(BigInt(value))
    else bytes.writeUIntLE(value, 0, size)
    return this.#bigEndian ? Buffer.from(bytes.toReversed()) : bytes
  }

  #sample(value: number, { bits = 8, format = 'unsigned' }: TiffPicture): Buffer {
    const bytes = Buffer.alloc(bits / 8)
    if (format === 'float') writeFloat(bytes, value)
    else bytes.writeUIntLE(value < 0 ? value + 2 ** bits : value, 0, bits / 8)
    return this.#bigEndian ? Buffer.from(bytes.toReversed()) : bytes
  }

  #add(bytes: Buffer): number {
    const at = this.#length
    this.#parts.push(bytes)
    this.#length += bytes.length
    return at
  }
}

/** The strips or tiles. The strips or tiles of the first plane come first. */
function blocksOf(picture: TiffPicture, sample: (value: number) => Buffer): Buffer[] {
  const { width, height, tile, bits = 8 } = picture
  const across = tile ?? width
  const down = tile ?? picture.rowsPerStrip ?? height
  const channels = [...picture.at(0, 0).keys()]
  const planes = picture.isPlanar ? channels.map((channel) => [channel]) : [channels]
  const blocks: Buffer[] = []
  for (const plane of planes) {
    for (let top = 0; top < height; top += down) {
      for (let left = 0; left < width; left += across) {
        const rows = tile ? down : Math.min(down, height - top)
        const lines = Array.from({ length: rows }, (_, y) => {
          const values = Array.from({ length: across }, (__, x) => {
            const pixel = picture.at(Math.min(left + x, width - 1), Math.min(top + y, height - 1))
            return plane.map((channel) => pixel[channel] ?? 0)
          }).flat()
          return bits % 8 === 0 ? Buffer.concat(values.map(sample)) : packed(values, bits)
        })
        blocks.push(Buffer.concat(lines))
      }
    }
  }
  return blocks
}

/** Numbers of less than a byte, or of 12 bits, the first one in the highest bits. */
function packed(values: number[], bits: number): Buffer {
  const text = values.map((value) => value.toString(2).padStart(bits, '0')).join('')
  const bytes = text.padEnd(Math.ceil(text.length / 8) * 8, '0').match(/.{8}/g) ?? []
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
}

function writeFloat(bytes: Buffer, value: number): void {
  if (bytes.length === 8) bytes.writeDoubleLE(value)
  else if (bytes.length === 4) bytes.writeFloatLE(value)
  else if (bytes.length === 2) bytes.writeUInt16LE(halfOf(value))
  else throw new Error(`There are no floats of ${bytes.length} bytes`)
}

/** A positive float of 16 bits (IEEE 754). */
function halfOf(value: number): number {
  if (value === 0) return 0
  const exponent = Math.max(Math.floor(Math.log2(value)), -14)
  const fraction = Math.round((value / 2 ** exponent - 1) * 1_024)
  return ((exponent + 15) << 10) + fraction
}
