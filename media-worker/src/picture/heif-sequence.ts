import { FULL_BOX_BYTES, heifBoxesIn, readHeifBox } from './heif-boxes.ts'
import { PictureError } from './picture-error.ts'

/** Major brands of files whose main content is a sequence of pictures (ISO 23008-12, annex B; AVIF 1.1, 9). */
const AVIF_SEQUENCE = 'avis'
const sequenceBrands = [AVIF_SEQUENCE, 'msf1', 'hevc', 'hevx', 'hevm', 'hevs']
const MAX_MOVIE_BYTES = 16 * 1_048_576

/**
 * Rejects animated AVIF and HEIC, because the decoders cannot read frames that depend on other frames. The major brand says whether the
 * sequence or the primary picture is the main content, as in browsers. Encoders also write brands of sequences for HEICs
 * with one picture.
 *
 * @param head the first bytes of the file
 * @throws PictureError when the main content is a sequence; the system's error when the file cannot be read
 */
export function rejectHeifSequence(path: string, head: Buffer): void {
  if (head.toString('latin1', 4, 8) !== 'ftyp') return
  const brand = head.toString('latin1', 8, 12)
  if (!sequenceBrands.includes(brand) || (brand !== AVIF_SEQUENCE && !hasFrames(path))) return
  throw new PictureError(
    'unsupported-animation',
    `Animated ${brand === AVIF_SEQUENCE ? 'AVIF' : 'HEIC'} is not supported. Convert the file to an animated WebP, PNG or GIF.`,
  )
}

/** Whether a track of pictures has more than one of them. */
function hasFrames(path: string): boolean {
  const movie = readHeifBox(path, 'moov', MAX_MOVIE_BYTES)
  if (!movie) return false
  const { bytes } = movie
  const within = (types: string[], start: number, end: number): { start: number; end: number }[] => {
    const [type, ...others] = types
    const boxes = heifBoxesIn(bytes, start, end).filter((box) => box.type === type)
    return others.length === 0 ? boxes : boxes.flatMap((box) => within(others, box.start, box.end))
  }
  return within(['moov', 'trak', 'mdia'], 0, bytes.length).some((media) => {
    const [handler] = within(['hdlr'], media.start, media.end)
    const [sizes] = within(['minf', 'stbl', 'stsz'], media.start, media.end)
    if (!handler || !sizes || sizes.end - sizes.start < FULL_BOX_BYTES + 8) return false
    const isOfPictures = bytes.toString('latin1', handler.start + 8, handler.start + 12) === 'pict'
    // ISO 14496-12, 8.7.3: the size that all samples have, and the number of samples.
    return isOfPictures && bytes.readUInt32BE(sizes.start + FULL_BOX_BYTES + 4) > 1
  })
}
