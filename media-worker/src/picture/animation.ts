import sharp, { type Sharp } from 'sharp'

import { encodeAnimation } from './encode.ts'
import { crops, regionAround, sameDimensions, type Fitting } from './geometry.ts'
import { corruptPicture } from './picture-error.ts'
import { smallest } from './pixels.ts'
import type { PictureRequest, RenderedPixels, RenditionFile } from './rendered-picture.ts'
import { bytesOf, type PlannedEncoding, type PlannedPixels } from './rendition-plan.ts'
import type { SourceHeader } from './source-header.ts'

const centre = { x: 0.5, y: 0.5 }
/** Animations with at most this many bytes of pixels, in all sizes together, are encoded in all sizes in parallel. */
const PARALLEL_BYTES = 256 * 1_048_576

/**
 * Renders all frames of an animation. Each size is made from the source, frame by frame: the decoded frames of a long
 * animation would not fit into memory, and decoding is cheap compared with encoding. libvips still keeps the scaled
 * frames of a WebP, so a long animation is encoded in one size after the other.
 *
 * @throws PictureError when a frame is truncated or corrupt
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
    return { small, files: bytes <= PARALLEL_BYTES ? await inParallel(encodings) : await inSequence(encodings) }
  } catch (error) {
    throw corruptPicture(error)
  }
}

function inParallel<T>(works: (() => Promise<T>)[]): Promise<T[]> {
  return Promise.all(works.map((work) => work()))
}

async function inSequence<T>(works: (() => Promise<T>)[]): Promise<T[]> {
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

/** Crops every frame at the same place, by default the centre: with a separate crop for each frame the picture would jump. */
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
