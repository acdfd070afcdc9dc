import { readTags } from './icc-tags.ts'
import { codedPrimaries, type Primaries } from './primaries.ts'
import { DEFAULT_PEAK } from './tone-mapping.ts'
import { HLG, PQ } from './transfer-curves.ts'

/** The colours of an HDR picture. */
export interface HdrColours {
  primaries: Primaries
  transfer: typeof PQ | typeof HLG
  /** Luminance of the brightest pixel in cd/m². */
  peak: number
  /** Whether black and white have the values of video, 16 and 235 of 255. */
  narrow: boolean
}

/** The creator of the profiles that this program makes, in a profile's header. */
export const CREATOR = 'LKNS'
const CREATOR_AT = 80

/**
 * Reads the colour codes of a profile (ICC.1:2022, 9.2.17) if they define HDR; otherwise null. They take precedence over
 * the profile's curves, whose range ends at white.
 */
export function readHdr(profile: Buffer): HdrColours | null {
  const tags = readTags(profile)
  const codes = tags.get('cicp')
  if (!codes || codes.length < 12) return null
  const [primariesCode = 0, transfer = 0, matrix = 0, range = 0] = codes.subarray(8, 12)
  const primaries = codedPrimaries.get(primariesCode)
  if (!primaries || matrix !== 0 || (transfer !== PQ && transfer !== HLG)) return null
  return { primaries, transfer, peak: readPeak(profile, tags.get('lumi')), narrow: range === 0 }
}

/** Other software stores the luminance of a display in this tag. */
function readPeak(profile: Buffer, tag: Buffer | undefined): number {
  const isOurs = profile.toString('latin1', CREATOR_AT, CREATOR_AT + 4) === CREATOR
  return isOurs && tag && tag.length >= 16 ? tag.readInt32BE(12) / 65_536 : DEFAULT_PEAK
}
