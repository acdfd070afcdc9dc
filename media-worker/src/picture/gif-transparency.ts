import { readFile } from 'node:fs/promises'

/** Blocks of GIF89a (https://www.w3.org/Graphics/GIF/spec-gif89a.txt). */
const EXTENSION = 0x21
const GRAPHIC_CONTROL = 0xf9
const IMAGE = 0x2c
const RESTORE_TO_BACKGROUND = 2
const HAS_TRANSPARENT_INDEX = 1
const LONGEST_CODE_BITS = 12

interface GifFrame {
  /** The position of its graphic control extension; null when there is none. */
  control: number | null
  /** The position of its image descriptor. */
  image: number
  /** The position of its minimum code size; its data follows. */
  data: number
  disposal: number
  isTransparent: boolean
  coversCanvas: boolean
}

/**
 * Makes the areas transparent that no frame covers, as browsers show them. libvips draws them only if a frame has a
 * transparent colour. So this function declares a transparent colour that the frame does not use.
 *
 * @returns the changed file; null when every area is covered, or a frame has a transparent colour already
 */
export async function withTransparentGaps(path: string): Promise<Buffer | null> {
  const bytes = await readFile(path)
  const frames = framesOf(bytes)
  if (frames.some(({ isTransparent }) => isTransparent) || !hasGaps(frames)) return null
  for (const frame of frames) {
    const index = unusedIndex(bytes, frame)
    if (index !== null) return withTransparentIndex(bytes, frame, index)
  }
  return null
}

function hasGaps(frames: GifFrame[]): boolean {
  const [first] = frames
  if (first && !first.coversCanvas) return true
  return frames.some(({ disposal }, at) => disposal === RESTORE_TO_BACKGROUND && frames[at + 1]?.coversCanvas === false)
}

function framesOf(bytes: Buffer): GifFrame[] {
  if (bytes.length < 13) return []
  const canvas = { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
  const frames: GifFrame[] = []
  let control: number | null = null
  for (let at = 13 + colourTableBytes(bytes[10] ?? 0); at < bytes.length;) {
    if (bytes[at] === EXTENSION) {
      if (bytes[at + 1] === GRAPHIC_CONTROL) control = at
      at = afterData(bytes, at + 2)
    } else if (bytes[at] === IMAGE && at + 10 < bytes.length) {
      const data = at + 10 + colourTableBytes(bytes[at + 9] ?? 0)
      frames.push(frameAt(bytes, { control, image: at, data }, canvas))
      control = null
      at = afterData(bytes, data + 1)
    } else break
  }
  return frames
}

function frameAt(
  bytes: Buffer,
  { control, image, data }: Pick<GifFrame, 'control' | 'image' | 'data'>,
  canvas: { width: number; height: number },
): GifFrame {
  const flags = control === null ? 0 : (bytes[control + 3] ?? 0)
  const [left, top, width, height] = [1, 3, 5, 7].map((offset) => bytes.readUInt16LE(image + offset)) as [
    number,
    number,
    number,
    number,
  ]
  return {
    control,
    image,
    data,
    disposal: (flags >> 2) & 7,
    isTransparent: (flags & HAS_TRANSPARENT_INDEX) !== 0,
    coversCanvas: left === 0 && top === 0 && width >= canvas.width && height >= canvas.height,
  }
}

function colourTableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0
}

/** The position after a chain of sub-blocks. */
function afterData(bytes: Buffer, start: number): number {
  let at = start
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] ?? 0)
  return at + 1
}

/** A colour index that the frame's data does not contain; null when it contains all. */
function unusedIndex(bytes: Buffer, { data }: GifFrame): number | null {
  const codeBits = bytes[data] ?? 0
  // Codes of fewer bits than eight cannot express this index.
  if (codeBits < 8) return 2 ** codeBits
  const used = usedIndexes(subBlocks(bytes, data + 1), codeBits)
  const unused = used.indexOf(0)
  return unused < 0 ? null : unused
}

function subBlocks(bytes: Buffer, start: number): Buffer {
  const parts: Buffer[] = []
  for (let at = start; at < bytes.length && bytes[at] !== 0; at += 1 + (bytes[at] ?? 0)) {
    parts.push(bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0)))
  }
  return Buffer.concat(parts)
}

/**
 * Reads the codes of LZW. Every longer code repeats indexes that came as codes of their own before, so it need not be
 * expanded.
 */
function usedIndexes(data: Buffer, codeBits: number): Uint8Array {
  const used = new Uint8Array(2 ** codeBits)
  const clear = 2 ** codeBits
  let bits = codeBits + 1
  let next = clear + 2
  let isFirst = true
  let buffered = 0
  let count = 0
  for (const byte of data) {
    buffered |= byte << count
    count += 8
    while (count >= bits) {
      const code = buffered & (2 ** bits - 1)
      buffered >>>= bits
      count -= bits
      if (code === clear + 1) return used
      if (code === clear) {
        bits = codeBits + 1
        next = clear + 2
        isFirst = true
        continue
      }
      if (code < clear) used[code] = 1
      if (!isFirst && next < 2 ** LONGEST_CODE_BITS) next += 1
      isFirst = false
      if (next === 2 ** bits && bits < LONGEST_CODE_BITS) bits += 1
    }
  }
  return used
}

function withTransparentIndex(bytes: Buffer, { control, image }: GifFrame, index: number): Buffer {
  if (control !== null) {
    const changed = Buffer.from(bytes)
    changed[control + 3] = (changed[control + 3] ?? 0) | HAS_TRANSPARENT_INDEX
    changed[control + 6] = index
    return changed
  }
  const added = Buffer.from([EXTENSION, GRAPHIC_CONTROL, 4, HAS_TRANSPARENT_INDEX, 0, 0, index, 0])
  const changed = Buffer.concat([bytes.subarray(0, image), added, bytes.subarray(image)])
  // Only GIF89a has this extension.
  changed.write('GIF89a', 'latin1')
  return changed
}
