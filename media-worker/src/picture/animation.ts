import sharp, { type Sharp } from 'sharp'
import { encodeAnimation } from './encode.ts'
import { regionAround } from './geometry.ts'
import type { PictureRequest, RenderedPicture, RenditionFile } from './rendered-picture.ts'
import { PictureError } from './picture-error.ts'
import { dominantColorOf, THUMBHASH_SIDE, thumbhashOf, type RgbaPixels } from './picture-facts.ts'
import { planRenditions, type PlannedPixels } from './rendition-plan.ts'
import { messageOf, reading, type SourceHeader } from './source-header.ts'

const centre = { x: 0.5, y: 0.5 }

/**
 * Renders a picture that moves, all frames of it. Each size is made from the source: decoded frames of a long animation
 * would not fit into memory, and decoding them is cheap beside encoding.
 *
 * @throws PictureError when a frame is cut short or broken
 */
export async function renderAnimation(header: SourceHeader, request: PictureRequest): Promise<RenderedPicture> {
  try {
    const files: RenditionFile[] = []
    for (const planned of planRenditions(request.presets, header)) {
      files.push(...(await encodeAll(header, planned, request)))
    }
    const { width, height, format, pages, animated, hasAlpha } = header
    const small = await firstFrame(header)
    const facts = { width, height, format, pages, animated, hasAlpha }
    return { facts: { ...facts, thumbhash: thumbhashOf(small), dominantColor: dominantColorOf(small) }, files }
  } catch (error) {
    throw new PictureError('corrupt-image', messageOf(error), { cause: error })
  }
}

async function encodeAll(
  header: SourceHeader,
  planned: PlannedPixels,
  request: PictureRequest,
): Promise<RenditionFile[]> {
  const files: RenditionFile[] = []
  const { width, height } = planned.fitting
  for (const { format, quality, presets } of planned.encodings) {
    const bytes = await encodeAnimation(fitted(header, planned, request), quality).toBuffer()
    files.push({ presets, format, width, height, bytes })
  }
  return files
}

/** Every frame is cropped alike, around the middle unless told: a crop that sought the eye would jump. */
function fitted(header: SourceHeader, { fitting }: PlannedPixels, request: PictureRequest): Sharp {
  const frames = sharp(header.input, { ...reading, animated: true })
  const { scaled } = fitting
  const resized = frames.resize(scaled.width, scaled.height, { fit: 'fill' }).toColourspace('srgb')
  return fitting.crops ? resized.extract(regionAround(request.focalPoint ?? centre, fitting)) : resized
}

async function firstFrame(header: SourceHeader): Promise<RgbaPixels> {
  const { data, info } = await sharp(header.input, { ...reading, page: 0, pages: 1 })
    .resize(THUMBHASH_SIDE, THUMBHASH_SIDE, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, rgba: data }
}
