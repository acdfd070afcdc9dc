/** A HEIF as a phone writes it, assembled from encoded HEVC (see fixtures/README.md). */
export interface HeifOptions {
  /** HEICs with one picture of 64 × 64 each. */
  tiles: Buffer[]
  /** Number of tiles in a row of the grid; if unset, each tile is a separate picture. */
  columns?: number
  /** Index of the primary picture, from 0. */
  primary?: number
  /** The dimensions in the header; default: the real ones. */
  claimed?: { width: number; height: number }
  /** Number of quarter turns, anticlockwise. */
  quarters?: number
  /** `x`: top and bottom are exchanged; `y`: left and right are exchanged. */
  mirrored?: 'x' | 'y'
  /** An ICC profile, or the codes of primaries, transfer and range. */
  colours?: Buffer | undefined | { primaries: number; transfer: number; narrow?: boolean }
  /** The Exif block, starting with the byte order. */
  exif?: Buffer | undefined
}

const TILE_SIDE = 64

interface Item {
  type: string
  data: Buffer
  hidden: boolean
  properties: number[]
}

// Indexes of properties, from 1.
const CODEC = 1
const TILE_SIZE = 2
const SIZE = 3

/** Writes a HEIF (ISO 23008-12) with these tiles. */
export function heifOf(options: HeifOptions): Buffer {
  const { tiles, columns, primary = 0, exif } = options
  const rows = columns ? tiles.length / columns : 1
  const { width, height } = options.claimed ?? { width: (columns ?? 1) * TILE_SIDE, height: rows * TILE_SIDE }
  const properties = [configurationOf(tiles), ispe(TILE_SIDE, TILE_SIDE), ispe(width, height)]
  const looks = [...look(options)].map((property) => properties.push(property))
  const items = tiles.map((tile, index): Item => {
    const own = !columns && index === primary ? [SIZE, ...looks] : [TILE_SIZE]
    return { type: 'hvc1', data: dataOf(tile), hidden: columns !== undefined, properties: [CODEC, ...own] }
  })
  const references: Buffer[] = []
  let shown = primary + 1
  if (columns) {
    const grid = Buffer.concat([Buffer.of(0, 1, rows - 1, columns - 1), uint32(width), uint32(height)])
    shown = items.push({ type: 'grid', data: grid, hidden: false, properties: [SIZE, ...looks] })
    references.push(
      reference(
        'dimg',
        shown,
        [...tiles.keys()].map((index) => index + 1),
      ),
    )
  }
  if (exif) {
    const data = Buffer.concat([uint32(0), exif])
    references.push(reference('cdsc', items.push({ type: 'Exif', data, hidden: true, properties: [] }), [shown]))
  }
  return fileOf({ items, properties, references, shown })
}

interface Boxes {
  items: Item[]
  properties: Buffer[]
  references: Buffer[]
  shown: number
}

function fileOf({ items, properties, references, shown }: Boxes): Buffer {
  const ftyp = box('ftyp', Buffer.from('heic'), uint32(0), Buffer.from('mif1heic'))
  const metaFor = (dataAt: number): Buffer =>
    fullBox(
      'meta',
      fullBox('hdlr', uint32(0), Buffer.from('pict'), Buffer.alloc(13)),
      fullBox('pitm', uint16(shown)),
      fullBox('iloc', Buffer.of(0x44, 0), uint16(items.length), ...extents(items, dataAt)),
      fullBox('iinf', uint16(items.length), ...items.map(infe)),
      ...(references.length > 0 ? [fullBox('iref', ...references)] : []),
      box('iprp', box('ipco', ...properties), fullBox('ipma', uint32(items.length), ...items.map(associations))),
    )
  const dataAt = ftyp.length + metaFor(0).length + 8
  return Buffer.concat([ftyp, metaFor(dataAt), box('mdat', ...items.map(({ data }) => data))])
}

function* look({ quarters, mirrored, colours }: HeifOptions): Generator<Buffer> {
  if (colours) yield colr(colours)
  if (quarters) yield box('irot', Buffer.of(quarters))
  if (mirrored) yield box('imir', Buffer.of(mirrored === 'x' ? 0 : 1))
}

function colr(colours: NonNullable<HeifOptions['colours']>): Buffer {
  if (Buffer.isBuffer(colours)) return box('colr', Buffer.from('prof'), colours)
  const { primaries, transfer, narrow = false } = colours
  const codes = [primaries, transfer, 6].map(uint16)
  return box('colr', Buffer.from('nclx'), ...codes, Buffer.of(narrow ? 0 : 0x80))
}

function extents(items: Item[], dataAt: number): Buffer[] {
  let at = dataAt
  return items.map(({ data }, index) => {
    const extent = Buffer.concat([uint16(index + 1), uint16(0), uint16(1), uint32(at), uint32(data.length)])
    at += data.length
    return extent
  })
}

function associations({ properties }: Item, index: number): Buffer {
  // The properties for decoding and turning are marked as essential.
  const marked = properties.map((property) => property | (property === TILE_SIZE || property === SIZE ? 0 : 0x80))
  return Buffer.concat([uint16(index + 1), Buffer.of(properties.length, ...marked)])
}

function infe({ type, hidden }: Item, index: number): Buffer {
  const flags = Buffer.of(2, 0, 0, hidden ? 1 : 0)
  return box('infe', flags, uint16(index + 1), uint16(0), Buffer.from(`${type}\0`))
}

function reference(type: string, from: number, to: number[]): Buffer {
  return box(type, uint16(from), uint16(to.length), ...to.map(uint16))
}

function ispe(width: number, height: number): Buffer {
  return fullBox('ispe', uint32(width), uint32(height))
}

/** The box with the codec configuration, which is the same for all tiles. */
function configurationOf([first = Buffer.alloc(0)]: Buffer[]): Buffer {
  const at = first.indexOf('hvcC') - 4
  return first.subarray(at, at + first.readUInt32BE(at))
}

/** The encoded picture: heif-enc writes the data box last, and it contains nothing else. */
function dataOf(heic: Buffer): Buffer {
  return heic.subarray(heic.lastIndexOf('mdat') + 4)
}

function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([uint32(body.length + 8), Buffer.from(type), body])
}

function fullBox(type: string, ...parts: Buffer[]): Buffer {
  return box(type, uint32(0), ...parts)
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
