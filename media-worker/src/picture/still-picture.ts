import type { FocalPoint } from '@likeness/media-jobs'
import sharp, { type Sharp } from 'sharp'
import { encode } from './encode.ts'
import { regionAround, type Dimensions, type Fitting } from './geometry.ts'
import type { PictureRequest, RenderedPicture, RenditionFile } from './rendered-picture.ts'
import { PictureError } from './picture-error.ts'
import { dominantColorOf, THUMBHASH_SIDE, thumbhashOf, type RgbaPixels } from './picture-facts.ts'
import { planRenditions, type PlannedPixels } from './rendition-plan.ts'
import { messageOf, reading, type SourceHeader } from './source-header.ts'

/** librsvg's: as many pixels as the drawing has units. */
const DRAWING_DPI = 72
const MOST_DPI = 100_000

/** Decoded pixels: 8 bits a channel, sRGB or grey, upright. */
interface Pixels extends Dimensions {
  data: Buffer
  channels: 1 | 2 | 3 | 4
}

/**
 * Renders a picture that does not move. Decoded once, at the largest size that is needed; every smaller size is made
 * from the next larger (measured: as good as from the original at every size, at two thirds of the cost). Encoding
 * begins as soon as a size stands.
 */
export async function renderStill(header: SourceHeader, request: PictureRequest): Promise<RenderedPicture> {
  const plan = planRenditions(request.presets, header)
  const largest = plan[0]
  if (!largest) throw new Error('Nothing to render: there are no presets')
  const encoding: Promise<RenditionFile[]>[] = []
  let full = await decode(header, largest.fitting.scaled)
  for (const planned of plan) {
    full = await shrink(full, planned.fitting.scaled)
    encoding.push(encodeAll(await crop(full, planned.fitting, request.focalPoint), planned))
  }
  const [files, small] = await Promise.all([Promise.all(encoding), smallest(full)])
  const { width, height, format, pages, animated, hasAlpha } = header
  const facts = { width, height, format, pages, animated, hasAlpha }
  return {
    facts: { ...facts, thumbhash: thumbhashOf(small), dominantColor: dominantColorOf(small) },
    files: files.flat(),
  }
}

/** @throws PictureError when the pixels are cut short or broken */
async function decode(header: SourceHeader, target: Dimensions): Promise<Pixels> {
  const options = header.format === 'svg' ? { ...reading, density: densityFor(header, target) } : reading
  try {
    const upright = sharp(header.input, options).autoOrient()
    return await pixelsOf(upright.resize(target.width, target.height, { fit: 'fill' }).toColourspace('srgb'))
  } catch (error) {
    throw new PictureError('corrupt-image', messageOf(error), { cause: error })
  }
}

async function shrink(pixels: Pixels, target: Dimensions): Promise<Pixels> {
  if (pixels.width === target.width && pixels.height === target.height) return pixels
  return pixelsOf(open(pixels).resize(target.width, target.height, { fit: 'fill' }))
}

async function crop(pixels: Pixels, fitting: Fitting, focalPoint: FocalPoint | null): Promise<Pixels> {
  if (!fitting.crops) return pixels
  if (focalPoint) return pixelsOf(open(pixels).extract(regionAround(focalPoint, fitting)))
  const { width, height } = fitting
  return pixelsOf(open(pixels).resize(width, height, { fit: 'cover', position: sharp.strategy.attention }))
}

function encodeAll(pixels: Pixels, planned: PlannedPixels): Promise<RenditionFile[]> {
  return Promise.all(
    planned.encodings.map(async ({ format, quality, presets }) => {
      const bytes = await encode(open(pixels), format, quality).toBuffer()
      return { presets, format, width: pixels.width, height: pixels.height, bytes }
    }),
  )
}

async function smallest(pixels: Pixels): Promise<RgbaPixels> {
  const { data, info } = await open(pixels)
    .resize(THUMBHASH_SIDE, THUMBHASH_SIDE, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, rgba: data }
}

function open({ data, width, height, channels }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
}

async function pixelsOf(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels: info.channels }
}

/** The resolution at which a drawing has at least as many pixels as are wanted. */
function densityFor(source: Dimensions, target: Dimensions): number {
  const factor = Math.max(target.width / source.width, target.height / source.height)
  return Math.min(Math.max(DRAWING_DPI * factor, 1), MOST_DPI)
}
