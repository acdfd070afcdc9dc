import sharp, { type Sharp } from 'sharp'
import { encodeAnimation } from './encode.ts'
import { crops, regionAround, sameDimensions, type Fitting } from './geometry.ts'
import { PictureError } from './picture-error.ts'
import { smallest } from './pixels.ts'
import type { PictureRequest, RenderedPixels, RenditionFile } from './rendered-picture.ts'
import type { PlannedPixels } from './rendition-plan.ts'
import { messageOf, type SourceHeader } from './source-header.ts'

const centre = { x: 0.5, y: 0.5 }

/**
 * Renders a picture that moves, all frames of it. Each size is made from the source, frame after frame: decoded, the
 * frames of a long one would not fit into memory, and decoding them is cheap beside encoding.
 *
 * @throws PictureError when a frame is cut short or broken
 */
export async function renderAnimation(
  header: SourceHeader,
  plan: PlannedPixels[],
  request: PictureRequest,
): Promise<RenderedPixels> {
  try {
    const [small, ...files] = await Promise.all([
      smallest(sharp(header.input, { ...header.reading, page: 0, pages: 1 })),
      ...plan.map((planned) => encodeAll(header, planned, request)),
    ])
    return { small, files: files.flat() }
  } catch (error) {
    throw new PictureError('corrupt-image', messageOf(error), { cause: error })
  }
}

function encodeAll(
  header: SourceHeader,
  { fitting, encodings }: PlannedPixels,
  request: PictureRequest,
): Promise<RenditionFile[]> {
  const { width, height } = fitting
  return Promise.all(
    encodings.map(async ({ format, quality, presets }) => {
      const bytes = await encodeAnimation(fitted(header, fitting, request), format, quality).toBuffer()
      return { presets, format, width, height, bytes }
    }),
  )
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
