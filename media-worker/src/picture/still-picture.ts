import type { FocalPoint } from '@likeness/media-jobs'
import sharp, { type Sharp } from 'sharp'

import { canvasesOf } from './apng-frames.ts'
import type { Apng } from './apng.ts'
import { inSrgb } from './colour-conversion.ts'
import { encode } from './encode.ts'
import { crops, regionAround, sameDimensions, type Dimensions, type Fitting } from './geometry.ts'
import { widenRange } from './narrow-grey.ts'
import { corruptPicture, messageOf, PictureError } from './picture-error.ts'
import { over, pixelsOf, smallest, type Pixels } from './pixels.ts'
import { divideByAlpha } from './premultiplied.ts'
import type { PictureRequest, RenditionFile, RenderedPixels } from './rendered-picture.ts'
import type { PlannedPixels } from './rendition-plan.ts'
import { decodeSamples } from './sample-reading.ts'
import type { SourceHeader } from './source-header.ts'
import { dimensionsTurned, turned } from './turn.ts'

/**
 * Renders a still picture. It is decoded once, at the largest size needed. Every smaller size is made from the next
 * larger one (measured: the same quality as from the original at every size, at two thirds of the cost). Encoding
 * starts as soon as a size is ready.
 *
 * @param plan the largest pixels first
 */
export async function renderStill(
  header: SourceHeader,
  plan: PlannedPixels[],
  { focalPoint }: PictureRequest,
): Promise<RenderedPixels> {
  const largest = plan[0]
  if (!largest) throw new Error('There are no presets to render')
  let scaled = decode(header, largest.fitting.scaled)
  const encoding = plan.map((planned) => {
    const { fitting } = planned
    const larger = scaled
    scaled = larger.then((pixels) => resized(pixels, fitting.scaled))
    return scaled.then(async (pixels) => encodeAll(await cut(pixels, fitting, focalPoint), planned))
  })
  const [small, ...files] = await Promise.all([scaled.then((pixels) => smallest(over(pixels))), ...encoding])
  return { small, files: files.flat() }
}

/**
 * Decodes a still picture, or a frame, in sRGB.
 *
 * @throws PictureError when the pixels are truncated or corrupt
 */
async function decode(header: SourceHeader, target: Dimensions): Promise<Pixels> {
  const { placement } = header
  const { width, height } = placement ? dimensionsTurned(target, placement.turn) : target
  const scaled = (image: Sharp): Sharp => {
    const visible = placement ? image.extract(placement.region) : image
    return visible.resize(width, height, { fit: 'fill' })
  }
  try {
    const pixels = header.heif
      ? await header.heif.decode((whole) => converted(scaled(over(whole)), header))
      : await decodeFile(header, target, scaled)
    return placement ? await turned(pixels, placement.turn) : pixels
  } catch (error) {
    if (error instanceof PictureError) throw error
    if (isFaultOfProfile(error, header)) return decode(withoutProfile(header), target)
    throw corruptPicture(error)
  }
}

/** sharp itself applies the profile of CMYK, and fails if it is invalid. */
function isFaultOfProfile(error: unknown, { reading }: SourceHeader): boolean {
  return !reading.ignoreIcc && messageOf(error).includes('VipsIcc')
}

function withoutProfile(header: SourceHeader): SourceHeader {
  return { ...header, reading: { ...header.reading, ignoreIcc: true } }
}

/** The canvas at each frame of an animated PNG, in sRGB and at full size. */
export function canvasesInSrgb(header: SourceHeader, apng: Apng): AsyncGenerator<Pixels> {
  return canvasesOf(apng, async (input, frame) => {
    const pixels = await decode({ ...header, input, apng: null }, frame)
    return pixelsOf(over(pixels).toColourspace('srgb').ensureAlpha())
  })
}

async function decodeOnlyFrame(header: SourceHeader, apng: Apng, target: Dimensions): Promise<Pixels> {
  const { width, height } = dimensionsTurned(target, header.turn)
  for await (const canvas of canvasesInSrgb(header, apng)) {
    return turned(await pixelsOf(over(canvas).resize(width, height, { fit: 'fill' })), header.turn)
  }
  throw new Error('The animation has no frames')
}

async function decodeFile(header: SourceHeader, target: Dimensions, scaled: (image: Sharp) => Sharp): Promise<Pixels> {
  if (header.apng) return decodeOnlyFrame(header, header.apng, target)
  const image = opened(header, target).autoOrient()
  if (header.samples) return decodeSamples(image, header.samples, { scaled, profile: header.profile })
  return converted(scaled(await divided(header, image)), header)
}

async function converted(image: Sharp, { profile }: SourceHeader): Promise<Pixels> {
  const pixels = await pixelsOf(image.toColourspace('srgb'))
  return profile ? inSrgb(pixels, profile) : pixels
}

/** Divides premultiplied colours at full size: sharp multiplies them itself before it scales. */
async function divided({ premultiplied, narrow }: SourceHeader, image: Sharp): Promise<Sharp> {
  if (!premultiplied) return image
  const pixels = await pixelsOf(image.toColourspace('srgb'))
  if (narrow) widenRange(pixels)
  divideByAlpha(pixels)
  return over(pixels)
}

/** A drawing is rendered with exactly the wanted pixels. */
function opened({ drawing, ...header }: SourceHeader, target: Dimensions): Sharp {
  const { input, reading } = drawing ? drawing.at(target) : header
  return sharp(input, reading)
}

async function resized(pixels: Pixels, target: Dimensions): Promise<Pixels> {
  if (sameDimensions(pixels, target)) return pixels
  return pixelsOf(over(pixels).resize(target.width, target.height, { fit: 'fill' }))
}

async function cut(pixels: Pixels, fitting: Fitting, focalPoint: FocalPoint | null): Promise<Pixels> {
  if (!crops(fitting)) return resized(pixels, fitting)
  const { width, height } = fitting.cut
  const kept = focalPoint
    ? over(pixels).extract(regionAround(focalPoint, fitting))
    : over(pixels).resize(width, height, { fit: 'cover', position: sharp.strategy.attention })
  return resized(await pixelsOf(kept), fitting)
}

function encodeAll(pixels: Pixels, { encodings }: PlannedPixels): Promise<RenditionFile[]> {
  const { width, height } = pixels
  return Promise.all(
    encodings.map(async ({ format, quality, presets }) => {
      const bytes = await encode(over(pixels), format, quality).toBuffer()
      return { presets, format, width, height, bytes }
    }),
  )
}
