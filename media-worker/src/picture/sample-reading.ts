import sharp, { type Sharp } from 'sharp'

import { samplesInSrgb } from './colour-conversion.ts'
import { rgbOfYcbcr, srgbOfLab, unsignedLab, type LabModel, type YcbcrModel } from './colour-models.ts'
import { widenRange } from './narrow-grey.ts'
import { unsupportedPixels } from './picture-error.ts'
import type { Pixels } from './pixels.ts'
import type { Samples } from './sample-colours.ts'

/** How samples are decoded that sharp cannot convert to sRGB rightly. */
export interface SampleReading {
  /** sharp's name for the space of the decoded samples, so that it converts nothing. */
  space: 'b-w' | 'grey16' | 'srgb' | 'rgb16' | 'scrgb' | 'multiband'
  depth: 'uchar' | 'ushort' | 'uint' | 'float'
  /** Channels of colour. The next channel is alpha or has no meaning. */
  colours: 1 | 3
  hasAlpha: boolean
  /** The meaning of the channels of colour; `device`: grey or RGB. */
  model: 'device' | LabModel | YcbcrModel
  /** Whether 0 is white. */
  inverted?: boolean
  /** Whether black and white have the values of video, 16 and 235 of 255. */
  narrow?: boolean
  /** The alpha of opaque pixels in 8 bits; default: 255. */
  fullAlpha?: number
  /** Whether it is decoded at full size before scaling, which would mix signed values, or colours with other channels. */
  whole?: boolean
}

/** Bytes of a sample. */
const sizes = { uchar: 1, ushort: 2, uint: 4, float: 4 }
/** A picture with more samples outside of 0–1 is data that no convention maps to colours. */
const MAX_OUTSIDE = 0.5

/**
 * Decodes samples in their own depth and converts them to sRGB after scaling.
 *
 * @param scaled crops and scales
 * @param profile null: sRGB
 * @throws PictureError when floating-point samples are not between 0 and 1
 */
export async function decodeSamples(
  image: Sharp,
  how: SampleReading,
  { scaled, profile }: { scaled: (image: Sharp) => Sharp; profile: Buffer | null },
): Promise<Pixels> {
  const { model } = how
  const samples = how.whole
    ? await scaledWhole(await readSamples(image, how), how, scaled)
    : await readSamples(scaled(image), how)
  if (model === 'device') return samplesInSrgb(samples, profile)
  return model.kind === 'lab' ? srgbOfLab(samples, model) : samplesInSrgb(rgbOfYcbcr(samples, model), profile)
}

async function scaledWhole(whole: Samples, how: SampleReading, scaled: (image: Sharp) => Sharp): Promise<Samples> {
  const isLab = how.model !== 'device' && how.model.kind === 'lab' && how.model.signed
  const { data, ...raw } = widened(isLab ? unsignedLab(whole) : whole)
  const isWide = data instanceof Uint16Array
  const space = raw.channels < 3 ? (isWide ? 'grey16' : 'b-w') : isWide ? 'rgb16' : 'srgb'
  const read = { ...how, space, depth: isWide ? 'ushort' : 'uchar', inverted: false } as const
  return readSamples(scaled(sharp(data, { raw, limitInputPixels: false })), read)
}

/** sharp returns grey of 8 bits without its alpha, but not grey of 16 bits. */
function widened(samples: Samples): Samples {
  if (samples.channels !== 2 || samples.data instanceof Uint16Array) return samples
  return { ...samples, data: Uint16Array.from(samples.data, (byte) => byte * 257) }
}

/** Runs a sharp pipeline and returns the samples that have a meaning, as integers of 8 or 16 bits. */
async function readSamples(image: Sharp, how: SampleReading): Promise<Samples> {
  const { data, info } = await image
    .toColourspace(how.space)
    .raw({ depth: how.depth })
    .toBuffer({ resolveWithObject: true })
  const channels = (how.colours + (how.hasAlpha ? 1 : 0)) as Samples['channels']
  const picked = integersOf(data, { ...how, found: info.channels, channels })
  if (how.narrow) widenRange({ data: picked, channels })
  if (how.fullAlpha) stretchAlpha(picked, channels, how.fullAlpha)
  return { data: picked, width: info.width, height: info.height, channels }
}

interface Layout extends SampleReading {
  found: number
  channels: number
}

function integersOf(data: Buffer, layout: Layout): Samples['data'] {
  const count = (data.length / sizes[layout.depth] / layout.found) * layout.channels
  const picked = layout.depth === 'uchar' ? new Uint8Array(count) : new Uint16Array(count)
  const { depth, found, channels, colours, inverted } = layout
  const source = viewOf(data, depth)
  let outside = 0
  for (let at = 0, from = 0; at < count; at += channels, from += found) {
    for (let channel = 0; channel < channels; channel++) {
      const sample = source[from + channel] ?? 0
      if (depth === 'float' && (sample < 0 || sample > 1)) outside += 1
      const integer = integerOf(sample, depth)
      picked[at + channel] = inverted && channel < colours ? integerOf(1, 'float') - integer : integer
    }
  }
  if (outside > count * MAX_OUTSIDE) throw unsupportedPixels('floating-point samples that are not between 0 and 1')
  return picked
}

function stretchAlpha(data: Samples['data'], channels: number, full: number): void {
  for (let at = channels - 1; at < data.length; at += channels) {
    data[at] = Math.min(Math.round(((data[at] ?? 0) * 255) / full), 255)
  }
}

function viewOf(data: Buffer, depth: SampleReading['depth']): ArrayLike<number> {
  if (depth === 'uchar') return data
  const View = { ushort: Uint16Array, uint: Uint32Array, float: Float32Array }[depth]
  const buffer = data.buffer as ArrayBuffer
  return new View(buffer, data.byteOffset, data.length / sizes[depth])
}

/** A sample in 8 bits as it is, any other one in 16 bits. NaN is 0. */
function integerOf(sample: number, depth: SampleReading['depth']): number {
  if (depth === 'uint') return sample >>> 16
  if (depth !== 'float') return sample
  return sample > 0 ? Math.round(Math.min(sample, 1) * 65_535) : 0
}
