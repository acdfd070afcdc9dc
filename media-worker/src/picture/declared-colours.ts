import type { Metadata, SharpOptions } from 'sharp'

import { openHeif } from './heif-file.ts'
import { hasTables, readFormulas, spaceOf } from './icc-tags.ts'
import { PictureError, unsupportedPixels } from './picture-error.ts'
import { profileOfPng } from './png-colours.ts'
import type { SampleReading } from './sample-reading.ts'
import type { SourceLayout } from './source-layout.ts'
import { isSrgb } from './srgb-profile.ts'
import type { TiffLayout } from './tiff-layout.ts'

/** How the colours of a source are decoded. */
export interface ColourReading {
  reading: SharpOptions
  /** The ICC profile of the decoded pixels; null when they are sRGB, or sharp converts them. */
  profile: Buffer | null
  /** How samples that sharp cannot convert rightly are decoded; null when it decodes sRGB, or 8 bits of RGB. */
  samples: SampleReading | null
}

interface ColouredSource {
  path: string
  format: string
  limits: { maxPixels: number }
  layout: Pick<SourceLayout, 'animated' | 'apng' | 'premultiplied' | 'narrow'>
  tiff: TiffLayout | null
}

/** Truncated or corrupt pixels are an error. */
const reading: SharpOptions = { failOn: 'error', limitInputPixels: false }
/** The colour space of a profile for each of sharp's colour spaces. */
const profileSpaces = new Map([
  ['srgb', 'RGB '],
  ['rgb16', 'RGB '],
  ['scrgb', 'RGB '],
  ['b-w', 'GRAY'],
  ['grey16', 'GRAY'],
  ['cmyk', 'CMYK'],
])
const HEADER_BYTES = 132

/**
 * How the colours of a source are decoded. sharp would convert them to sRGB before scaling, which takes three times as
 * long as after it, would even convert from sRGB, and knows only ICC profiles. Only CMYK, a few profiles of grey and
 * animations are left to sharp.
 *
 * @throws PictureError when floating-point samples have no profile
 */
export function coloursOf(metadata: Metadata, source: ColouredSource): ColourReading {
  const { space, depth } = metadata
  const { layout, tiff } = source
  const icc = usableProfile(metadata, tiff?.samples ?? null)
  const options = { ...reading, ...tiff?.reading }
  const ignoring = { ...options, ignoreIcc: true }
  const isAnimation = layout.animated && !layout.apng
  if (isAnimation || space === 'cmyk') return { reading: icc ? options : ignoring, profile: null, samples: null }
  const declared = declaredProfile(source, icc)
  if (tiff?.samples)
    return { reading: ignoring, samples: tiff.samples, profile: profileOfSamples(tiff.samples, declared) }
  // sharp returns grey as red, green and blue. A profile of grey that consists of formulas can be applied to these too.
  const isTable = declared !== null && spaceOf(declared) === 'GRAY' && !readFormulas(declared)
  if (isTable && space === 'b-w') return { reading: options, profile: null, samples: null }
  const profile = declared && isSrgb(declared) ? null : declared
  // Colours that are multiplied by alpha are divided in 8 bits, before they are converted.
  const isRead = (layout.narrow || (profile !== null && depth === 'ushort')) && !layout.premultiplied
  return { reading: ignoring, profile, samples: isRead ? readingOf(metadata, layout) : null }
}

/** The profile in the file, unless it is invalid or for another colour space than that of the pixels. */
function usableProfile({ icc, space }: Metadata, samples: SampleReading | null): Buffer | null {
  const expected = samples ? (samples.colours === 3 ? 'RGB ' : 'GRAY') : profileSpaces.get(space ?? '')
  if (!icc || icc.length < HEADER_BYTES || icc.toString('latin1', 36, 40) !== 'acsp') return null
  if (spaceOf(icc) !== expected) return null
  // sharp would apply an invalid profile of grey as black.
  return expected === 'GRAY' && !hasTables(icc) && !readFormulas(icc) ? null : icc
}

/** Null is sRGB. */
function declaredProfile({ path, format, limits }: ColouredSource, icc: Buffer | null): Buffer | null {
  if (format === 'png') return profileOfPng(path, icc)
  return icc ?? (format === 'avif' ? profileOfAvif(path, limits) : null)
}

/** libvips reads only ICC profiles, but an AVIF may define its colours by codes. */
function profileOfAvif(path: string, limits: { maxPixels: number }): Buffer | null {
  try {
    return openHeif(path, limits).profile
  } catch (error) {
    if (error instanceof PictureError) return null
    throw error
  }
}

/**
 * Some programs write light as floating-point numbers, others write coded values. Only a profile says which.
 *
 * @throws PictureError when there is none
 */
function profileOfSamples({ depth }: SampleReading, declared: Buffer | null): Buffer | null {
  if (depth === 'float' && !declared) throw unsupportedPixels('floating-point samples without a colour profile')
  return declared
}

function readingOf(metadata: Metadata, { narrow }: Pick<SourceLayout, 'narrow'>): SampleReading {
  const { space, channels = 3 } = metadata
  const isDeep = metadata.depth === 'ushort'
  const isGrey = space === 'grey16'
  const colours = isGrey ? 1 : 3
  return {
    space: isGrey ? space : isDeep ? 'rgb16' : 'srgb',
    depth: isDeep ? 'ushort' : 'uchar',
    colours,
    hasAlpha: channels > colours,
    model: 'device',
    narrow,
  }
}
