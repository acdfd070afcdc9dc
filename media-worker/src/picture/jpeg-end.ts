import { open, readFile } from 'node:fs/promises'

import sharp from 'sharp'

/** Markers of ISO/IEC 10918-1, table B.1. */
const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const APP0 = 0xe0
const COM = 0xfe
/** Frames with Huffman codes: baseline, extended sequential, progressive. */
const SEQUENTIAL = [0xc0, 0xc1]
const PROGRESSIVE = 0xc2
/** Other frames are not decoded, or have arithmetic codes, in which missing data cannot be noticed. */
const isOtherFrame = (marker: number): boolean =>
  marker > PROGRESSIVE && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

const COEFFICIENTS = 64

interface Segment {
  marker: number
  start: number
  end: number
}

/**
 * Completes a JPEG that lacks only its end marker. libvips rejects such a file, and does not notice missing data once the
 * marker is there. So the scans must contain every coefficient, and the decoder must find the data of every block.
 *
 * @returns the whole file; null when the file has an end marker, or lacks more than the marker
 */
export async function withEndMarker(path: string): Promise<Buffer | null> {
  if (await endsWithMarker(path)) return null
  const bytes = await readFile(path)
  const segments = segmentsOf(bytes)
  if (!segments || !hasEveryScan(bytes, segments)) return null
  const end = Buffer.from(bytes.at(-1) === 0xff ? [EOI] : [0xff, EOI])
  const whole = Buffer.concat([bytes, end])
  return (await hasEveryBlock(whole, segments)) ? whole : null
}

/** Of nearly every JPEG, only these two bytes are read. */
async function endsWithMarker(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, Math.max(0, size - 2))
    return buffer.readUInt16BE() === ((0xff << 8) | EOI)
  } finally {
    await file.close()
  }
}

/** Null unless the file ends in the data of a scan. */
function segmentsOf(bytes: Buffer): Segment[] | null {
  const segments: Segment[] = []
  let at = 2
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return null
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] ?? 0
    // Fill bytes may precede a marker.
    if (marker === 0xff) {
      at += 1
      continue
    }
    const end = at + 2 + bytes.readUInt16BE(at + 2)
    if (marker === EOI || isOtherFrame(marker) || end > bytes.length) return null
    segments.push({ marker, start: at, end })
    if (marker !== SOS) at = end
    else {
      const next = endOfScan(bytes, end)
      if (next === null) return segments
      at = next
    }
  }
  return null
}

/** The position of the next marker; null when the file ends before. */
function endOfScan(bytes: Buffer, start: number): number | null {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1]
    if (next === undefined) return null
    const isData = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7)
    if (!isData) return at
  }
  return null
}

/** Whether each coefficient of each component has been sent, down to its last bit. */
function hasEveryScan(bytes: Buffer, segments: Segment[]): boolean {
  const frame = segments.find(({ marker }) => marker === PROGRESSIVE || SEQUENTIAL.includes(marker))
  if (!frame) return false
  const sent = new Map(componentsOf(bytes, frame).map((id) => [id, new Uint8Array(COEFFICIENTS).fill(0xff)]))
  for (const { start } of segments.filter(({ marker }) => marker === SOS)) {
    const count = bytes[start + 4] ?? 0
    const [first = 0, last = 0, approximation = 0] = bytes.subarray(start + 5 + 2 * count)
    const isProgressive = frame.marker === PROGRESSIVE
    for (let index = 0; index < count; index++) {
      const coefficients = sent.get(bytes[start + 5 + 2 * index] ?? 0)
      if (isProgressive) coefficients?.fill(approximation & 0x0f, first, last + 1)
      else coefficients?.fill(0)
    }
  }
  return [...sent.values()].every((coefficients) => coefficients.every((bitsLeft) => bitsLeft === 0))
}

function componentsOf(bytes: Buffer, { start, end }: Segment): number[] {
  const ids: number[] = []
  for (let at = start + 10; at + 3 <= end; at += 3) ids.push(bytes[at] ?? 0)
  return ids
}

/**
 * Decodes the picture and counts every warning as an error. libvips looks for warnings before each strip of eight lines,
 * so it would miss those of the last one. A component that no scan contains makes libjpeg read all scans first.
 */
async function hasEveryBlock(whole: Buffer, segments: Segment[]): Promise<boolean> {
  const parts: Buffer[] = [whole.subarray(0, 2)]
  const scans = segments.findIndex(({ marker }) => marker === SOS)
  for (const segment of segments.slice(0, scans)) {
    const { marker, start, end } = segment
    const isFrame = marker === PROGRESSIVE || SEQUENTIAL.includes(marker)
    if (isFrame) parts.push(withMoreComponents(whole.subarray(start, end)))
    else if (marker < APP0 || marker > COM) parts.push(whole.subarray(start, end))
  }
  parts.push(whole.subarray(segments[scans]?.start))
  try {
    await sharp(Buffer.concat(parts), { failOn: 'warning', limitInputPixels: false })
      .resize(8, 8, { fit: 'fill' })
      .raw()
      .toBuffer()
    return true
  } catch {
    return false
  }
}

/** Three components instead of one, four instead of three, or five instead of four. */
function withMoreComponents(frame: Buffer): Buffer {
  const count = frame[9] ?? 0
  const ids = componentsOf(frame, { marker: 0, start: 0, end: frame.length })
  const unused = Array.from({ length: 256 }, (_, id) => id).filter((id) => !ids.includes(id))
  const added = unused.slice(0, count === 1 ? 2 : 1)
  const table = frame[12] ?? 0
  const longer = Buffer.concat([frame, ...added.map((id) => Buffer.from([id, 0x11, table]))])
  longer.writeUInt16BE(longer.length - 2, 2)
  longer[9] = count + added.length
  return longer
}
