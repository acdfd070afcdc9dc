import { areKnown, profileFor, profileOf, type CodedColours } from './colour-profile.ts'
import type { Curve } from './icc-tags.ts'
import { CHUNK_HEADER_BYTES, withPng, type PngChunk, type PngFile } from './png-chunks.ts'
import { isSrgbPrimaries, SRGB_PRIMARIES, type Primaries } from './primaries.ts'

/** The chunks of a PNG that define its colours, without its ICC profile (PNG 3rd edition, 11.3.2). */
interface ColourChunks {
  codes: CodedColours | null
  isSrgb: boolean
  /** The exponent from light to coded values. */
  gamma: number | null
  primaries: Primaries | null
}

const CHUNK_BYTES = 32
/** Chunks of colours come before these two. */
const ends = new Set(['PLTE', 'IDAT'])
/** The exponent of sRGB, approximately. */
const SRGB_GAMMA = 1 / 2.2
/** A smaller difference of gamma is not visible; libpng has the same threshold. */
const GAMMA_SLACK = 0.05
/** The units of chromaticities and gamma, and of luminance. */
const PARTS = 100_000
/** libpng ignores other values too. */
const GAMMA_PARTS = { least: 16, most: 625_000_000 }
const MOST_CHROMATICITY = 1.1
const LUMINANCE_PARTS = 10_000

/**
 * The ICC profile of a PNG's pixels: one of `cICP`, `iCCP`, `sRGB`, or `gAMA` and `cHRM`, in this order of precedence (PNG
 * 3rd edition, 4.3). Invalid chunks are ignored.
 *
 * @param source the path of the file, or its bytes
 * @param icc the profile in the file, if it is valid
 * @returns null for sRGB
 */
export function profileOfPng(source: string | Buffer, icc: Buffer | null): Buffer | null {
  const { codes, isSrgb, gamma, primaries } = withPng(source, readColourChunks)
  if (codes && areKnown(codes)) return profileOf(codes)
  if (icc) return icc
  if (isSrgb || (gamma === null && primaries === null)) return null
  return profileFor({ primaries: primaries ?? SRGB_PRIMARIES, curve: curveOf(gamma, primaries) })
}

function curveOf(gamma: number | null, primaries: Primaries | null): Curve | undefined {
  if (gamma === null) return undefined
  const isUsual = Math.abs(gamma / SRGB_GAMMA - 1) < GAMMA_SLACK
  // With the primaries of sRGB, the exponent is an approximation of its curve.
  if (isUsual && (!primaries || isSrgbPrimaries(primaries))) return undefined
  return (coded) => coded ** (1 / gamma)
}

function readColourChunks(png: PngFile): ColourChunks {
  const found = new Map<string, Buffer>()
  for (const chunk of png.chunks()) {
    if (ends.has(chunk.type)) break
    if (isColourChunk(chunk) && !found.has(chunk.type)) {
      found.set(chunk.type, png.read(chunk.at + CHUNK_HEADER_BYTES, chunk.length))
    }
  }
  return {
    codes: codesOf(found),
    isSrgb: found.has('sRGB'),
    gamma: gammaOf(found.get('gAMA')),
    primaries: primariesOf(found.get('cHRM')),
  }
}

function isColourChunk({ type, length, whole }: PngChunk): boolean {
  return whole && length <= CHUNK_BYTES && ['cICP', 'sRGB', 'gAMA', 'cHRM', 'mDCV', 'cLLI'].includes(type)
}

/** Only RGB is allowed, which has no matrix. */
function codesOf(found: Map<string, Buffer>): CodedColours | null {
  const chunk = found.get('cICP')
  if (chunk?.length !== 4) return null
  const [primaries = 0, transfer = 0, matrix = 0, range = 0] = chunk
  if (matrix !== 0 || range > 1) return null
  const peak = peakOf(found)
  return { primaries, transfer, narrow: range === 0, ...(peak ? { peak } : {}) }
}

/** The luminance of the brightest pixel, or else of the display on which the picture was made; 0 if unknown. */
function peakOf(found: Map<string, Buffer>): number {
  const light = found.get('cLLI')
  const display = found.get('mDCV')
  const brightest = light?.length === 8 ? light.readUInt32BE(0) : 0
  return (brightest || (display?.length === 24 ? display.readUInt32BE(16) : 0)) / LUMINANCE_PARTS
}

function gammaOf(chunk: Buffer | undefined): number | null {
  const parts = chunk?.length === 4 ? chunk.readUInt32BE(0) : 0
  return parts >= GAMMA_PARTS.least && parts <= GAMMA_PARTS.most ? parts / PARTS : null
}

function primariesOf(chunk: Buffer | undefined): Primaries | null {
  if (chunk?.length !== 32) return null
  const pointAt = (at: number): [number, number] => [chunk.readUInt32BE(at) / PARTS, chunk.readUInt32BE(at + 4) / PARTS]
  const primaries = { white: pointAt(0), red: pointAt(8), green: pointAt(16), blue: pointAt(24) }
  const isPossible = Object.values(primaries)
    .flat()
    .every((part) => part <= MOST_CHROMATICITY)
  return isPossible && primaries.white[1] > 0 ? primaries : null
}
