/** Changes to the boxes of a HEIF or AVIF that an encoder wrote, so that tests need no encoder for each kind of file. */
export interface HeifEdits {
  /** Boxes of properties that each item gets, after its own properties and in this order. Items are numbered from 1. */
  properties?: Record<number, Buffer[]>
  references?: { type: string; from: number; to: number }[]
  /** The primary item becomes an `iden` item with these properties, which shows the former primary item. */
  shownBy?: Buffer[]
  /** Replaces the brands; the first is the major brand. */
  brands?: string[]
}

interface Node {
  type: string
  /** Bytes between the header and the boxes, or all bytes of a box without boxes. */
  own: Buffer
  boxes: Node[]
}

/** Bytes before the first box of each box that contains others. */
const containers: Record<string, number> = { meta: 4, iprp: 0, ipco: 0, iref: 4, iinf: 6 }

/** @throws RangeError when the file is not written in the way of libheif: `meta` before the data, ids of two bytes */
export function edited(file: Buffer, { properties = {}, references = [], shownBy, brands }: HeifEdits): Buffer {
  const nodes = nodesIn(file)
  const meta = find(nodes, 'meta')
  const iprp = find(meta.boxes, 'iprp')
  for (const [item, boxes] of Object.entries(properties)) {
    for (const added of boxes) associate(iprp, Number(item), added)
  }
  if (shownBy) show(meta, shownBy)
  for (const { type, from, to } of references) refer(meta, type, from, to)
  if (brands) {
    const [major = '', ...others] = brands
    find(nodes, 'ftyp').own = Buffer.concat([Buffer.from(major), Buffer.alloc(4), Buffer.from(others.join(''))])
  }
  const before = file.indexOf('mdat')
  moveData(find(meta.boxes, 'iloc'), Buffer.concat(nodes.map(written)).indexOf('mdat') - before)
  return Buffer.concat(nodes.map(written))
}

/** Quarter turns anticlockwise. */
export function irot(quarters: number): Buffer {
  return box('irot', Buffer.of(quarters))
}

/** 0 exchanges top and bottom, 1 exchanges left and right. */
export function imir(axis: number): Buffer {
  return box('imir', Buffer.of(axis))
}

type Fraction = readonly [number, number]

/** The offsets locate the centre. */
export function clap(width: Fraction, height: Fraction, right: Fraction = [0, 1], down: Fraction = [0, 1]): Buffer {
  const content = Buffer.alloc(32)
  for (const [index, number] of [width, height, right, down].flat().entries()) content.writeInt32BE(number, index * 4)
  return box('clap', content)
}

function nodesIn(bytes: Buffer): Node[] {
  const nodes: Node[] = []
  for (let at = 0; at < bytes.length;) {
    const end = at + bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    const boxesAt = type in containers ? at + 8 + (containers[type] ?? 0) : end
    nodes.push({ type, own: bytes.subarray(at + 8, boxesAt), boxes: nodesIn(bytes.subarray(boxesAt, end)) })
    at = end
  }
  return nodes
}

function written({ type, own, boxes }: Node): Buffer {
  return box(type, own, ...boxes.map(written))
}

function find(nodes: Node[], wanted: string): Node {
  const node = nodes.find(({ type }) => type === wanted)
  if (!node) throw new RangeError(`There is no box ${wanted}`)
  return node
}

/** Appends a property, marked as essential. */
function associate(iprp: Node, item: number, property: Buffer): void {
  const { boxes } = find(iprp.boxes, 'ipco')
  boxes.push(...nodesIn(property))
  const ipma = find(iprp.boxes, 'ipma')
  for (let at = 8; at < ipma.own.length;) {
    const count = ipma.own[at + 2] ?? 0
    const end = at + 3 + count
    if (ipma.own.readUInt16BE(at) === item) {
      const own = Buffer.concat([ipma.own.subarray(0, end), Buffer.of(0x80 | boxes.length), ipma.own.subarray(end)])
      own[at + 2] = count + 1
      ipma.own = own
      return
    }
    at = end
  }
  const count = ipma.own.readUInt32BE(4)
  ipma.own = Buffer.concat([ipma.own, uint16(item), Buffer.of(1, 0x80 | boxes.length)])
  ipma.own.writeUInt32BE(count + 1, 4)
}

function show(meta: Node, properties: Buffer[]): void {
  const iinf = find(meta.boxes, 'iinf')
  const item = 99
  iinf.own = Buffer.concat([iinf.own.subarray(0, 4), uint16(iinf.boxes.length + 1)])
  iinf.boxes.push(...nodesIn(box('infe', Buffer.of(2, 0, 0, 0), uint16(item), uint16(0), Buffer.from('iden\0'))))
  const pitm = find(meta.boxes, 'pitm')
  refer(meta, 'dimg', item, pitm.own.readUInt16BE(4))
  pitm.own = Buffer.concat([Buffer.alloc(4), uint16(item)])
  for (const property of properties) associate(find(meta.boxes, 'iprp'), item, property)
}

function refer(meta: Node, type: string, from: number, to: number): void {
  if (!meta.boxes.some((node) => node.type === 'iref'))
    meta.boxes.push({ type: 'iref', own: Buffer.alloc(4), boxes: [] })
  find(meta.boxes, 'iref').boxes.push(...nodesIn(box(type, uint16(from), uint16(1), uint16(to))))
}

/** Items of libheif have one extent each. Its position is the base offset or the offset of the extent; the other is 0. */
function moveData(iloc: Node, distance: number): void {
  const own = Buffer.from(iloc.own)
  const baseBytes = (own[5] ?? 0) >> 4
  const entryBytes = 6 + baseBytes + 8
  for (let at = 8; at < own.length; at += entryBytes) {
    const baseAt = at + 4
    const positionAt = baseBytes === 4 && own.readUInt32BE(baseAt) > 0 ? baseAt : baseAt + baseBytes + 2
    own.writeUInt32BE(own.readUInt32BE(positionAt) + distance, positionAt)
  }
  iloc.own = own
}

/** Writes a box (ISO 14496-12, 4.2). */
export function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const size = Buffer.alloc(4)
  size.writeUInt32BE(body.length + 8)
  return Buffer.concat([size, Buffer.from(type), body])
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}
