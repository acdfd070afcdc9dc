import sharp, { type Sharp } from 'sharp'

import { openAnimatedSource, type AnimatedSource } from './animated-source.ts'
import { encodeAnimation, type Timing } from './encode.ts'
import { overRoll, type FrameRoll } from './frame-roll.ts'
import { crops, regionAround, sameDimensions, type Fitting } from './geometry.ts'
import { corruptPicture, PictureError } from './picture-error.ts'
import { over, smallest } from './pixels.ts'
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
  try {
    const source = await openAnimatedSource(header)
    if (source) return await renderFrames(source, header, plan, request)
    const encodings = plan.flatMap((planned) =>
      planned.encodings.map((encoding) => () => encodeOne(framesOf(header), planned, encoding, request)),
    )
    const small = await smallest(sharp(header.input, { ...header.reading, page: header.firstPage, pages: 1 }))
    return { small, files: fitsTogether(header, plan) ? await inParallel(encodings) : await inSequence(encodings) }
  } catch (error) {
    if (error instanceof PictureError) throw error
    throw corruptPicture(error)
  }
}

/** Decodes the frames once for all sizes together, or for each size if the decoded frames would not fit into memory. */
async function renderFrames(
  source: AnimatedSource,
  header: SourceHeader,
  plan: PlannedPixels[],
  request: PictureRequest,
): Promise<RenderedPixels> {
  const files: RenditionFile[] = []
  const small = await smallest(over(await source.first()))
  for (const group of fitsTogether(header, plan) ? [plan] : plan.map((planned) => [planned])) {
    const rolls = await source.rolls(group.map(({ fitting }) => fitting.scaled))
    const encodings = group.flatMap((planned, index) =>
      planned.encodings.map((encoding) => () => {
        const frames = overRoll(rolls[index] as FrameRoll)
        return encodeOne(frames, planned, encoding, request, source.timing)
      }),
    )
    files.push(...(await inParallel(encodings)))
  }
  return { small, files }
}

function fitsTogether(header: SourceHeader, plan: PlannedPixels[]): boolean {
  const bytes = plan.reduce((sum, planned) => sum + bytesOf(planned, header) * planned.encodings.length, 0)
  return bytes <= PARALLEL_BYTES
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
  frames: Sharp,
  { fitting }: PlannedPixels,
  { format, quality, presets }: PlannedEncoding,
  request: PictureRequest,
  timing: Timing = {},
): Promise<RenditionFile> {
  const { width, height } = fitting
  const bytes = await encodeAnimation(fitted(frames, fitting, request), format, { quality, ...timing }).toBuffer()
  return { presets, format, width, height, bytes }
}

function framesOf({ input, reading }: SourceHeader): Sharp {
  return sharp(input, { ...reading, animated: true }).toColourspace('srgb')
}

/** Crops every frame at the same place, by default the centre: with a separate crop for each frame the picture would jump. */
function fitted(frames: Sharp, fitting: Fitting, request: PictureRequest): Sharp {
  const { scaled, cut } = fitting
  const region = regionAround(request.focalPoint ?? centre, fitting)
  if (crops(fitting) && !sameDimensions(cut, fitting)) {
    return frames.extract(region).resize(fitting.width, fitting.height, { fit: 'fill' })
  }
  if (!crops(fitting)) return frames.resize(fitting.width, fitting.height, { fit: 'fill' })
  return frames.resize(scaled.width, scaled.height, { fit: 'fill' }).extract(region)
}
