import { thumbHashToRGBA } from 'thumbhash'

const HEADER_BYTES = 54

/**
 * Draws an opaque ThumbHash as a `data:` URL of about 4 KB. The image is a BMP of 24 bits, because its encoder is a third
 * of the size of one for PNG.
 *
 * @param base64 the ThumbHash, as in the API
 */
export function thumbhashUrl(base64: string): string {
  const { w, h, rgba } = thumbHashToRGBA(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
  // Rows are padded to four bytes.
  const rowBytes = (w * 3 + 3) & ~3
  const bytes = new Uint8Array(HEADER_BYTES + rowBytes * h)
  const view = new DataView(bytes.buffer)
  bytes.set([0x42, 0x4d])
  // Size of the file, offset of the pixels, size of the second header, width, height (negative: from the top), planes, bits.
  const fields: [offset: number, value: number][] = [
    [2, bytes.length],
    [10, HEADER_BYTES],
    [14, 40],
    [18, w],
    [22, -h],
  ]
  for (const [offset, value] of fields) view.setInt32(offset, value, true)
  bytes.set([1, 0, 24], 26)
  for (let pixel = 0; pixel < w * h; pixel += 1) {
    const [red = 0, green = 0, blue = 0] = rgba.subarray(pixel * 4)
    bytes.set([blue, green, red], HEADER_BYTES + Math.floor(pixel / w) * rowBytes + (pixel % w) * 3)
  }
  return `data:image/bmp;base64,${btoa(String.fromCharCode(...bytes))}`
}
