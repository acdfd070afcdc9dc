import sharp, { type Sharp } from 'sharp'

import { encodeAnimation } from './encode.ts'
import { crops, regionAround, sameDimensions, type Fitting } from './geometry.ts'
import { PictureError } from './picture-error.ts'
import { smallest } from './pixels.ts'
import type { PictureRequest, RenderedPixels, RenditionFile } from './rendered-picture.ts'
import { bytesOf, type PlannedEncoding, type PlannedPixels } from './rendition-plan.ts'
import { messageOf, type SourceHeader } from './source-header.ts'

const centre = { x: 0.5, y: 0.5 }
/** Films of so many bytes of pixels, in all sizes, are encoded in all of them at once. */
const AT_ONCE_BYTES = 256 * 1_048_576

/**
 * Renders a picture that moves, all frames of it. Each size is made from the source, frame after frame: decoded, the
 * frames of a long one would not fit into memory, and decoding them is cheap beside encoding. libvips keeps those of a
 * WebP all the same, scaled; so a long one is encoded in one size after the other.
 *
 * @throws PictureError when a frame is cut short or broken
 */
export async function renderAnimation(
  header: SourceHeader,
  plan: PlannedPixels[],
  request: PictureRequest,
): Promise<RenderedPixels> {
  const encodings = plan.flatMap((planned) =>
    planned.encodings.map((encoding) => () => encodeOne(header, planned, encoding, request)),
  )
  const bytes = plan.reduce((sum, planned) => sum + bytesOf(planned, header) * planned.encodings.length, 0)
  try {
    const small = await smallest(sharp(header.input, { ...header.reading, page: 0, pages: 1 }))
    return { small, files: bytes <= AT_ONCE_BYTES ? await atOnce(encodings) : await inTurn(encodings) }
  } catch (error) {
    throw new PictureError('corrupt-image', messageOf(error), { cause: error })
  }
}

function atOnce<T>(works: (() => Promise<T>)[]): Promise<T[]> {
  return Promise.all(works.map((work) => work()))
}

async function inTurn<T>(works: (() => Promise<T>)[]): Promise<T[]> {
  const done: T[] = []
  for (const work of works) done.push(await work())
  return done
}

async function encodeOne(
  header: SourceHeader,
  { fitting }: PlannedPixels,
  { format, quality, presets }: PlannedEncoding,
  request: PictureRequest,
): Promise<RenditionFile> {
  const { width, height } = fitting
  const bytes = await encodeAnimation(fitted(header, fitting, request), format, quality).toBuffer()
  return { presets, format, width, height, bytes }
}

/** Every frame is cropped alike, around the middle unless told: a crop that sought the eye would jump. */
function fitted(header: SourceHeader, fitting: Fitting, request: PictureRequest): Sharp {
  const frames = sharp(header.input, { ...header.reading, animated: true }).toColourspace('srgb')
  const { scaled, cut } = fitting
  const region = regionAround(request.focalPoint ?? centre, fitting)
  if (crops(fitting) && !sameDimensions(cut, fitting)) {
    return frames.extract(region).resize(fitting.width, fitting.height, { fit: 'fill' })
  }
  if (!crops(fitting)) return frames.resize(fitting.width, fitting.height, { fit: 'fill' })
  return frames.resize(scaled.width, scaled.height, { fit: 'fill' }).extract(region)
}
