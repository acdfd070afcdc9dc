import { mimeTypeOf } from '../ingest/identify-file.ts'
import type { SizeJson, VersionJson } from '../media/version-rows.ts'
import type { PresetsInForce } from '../presets/presets-in-force.ts'
import { mediaProblems } from '../problems.ts'

/** What a client wants of a version. */
interface AskedSize {
  preset: string
  format: string | undefined
  /** The header of that name; without it, anything is accepted. */
  accept: string | undefined
  /** Whether AVIF is left to whoever names it, where there is anything else. */
  withoutAvif?: boolean
}

/**
 * The row of a preset: in the format that is named, or in the best that the client accepts.
 *
 * @throws {Problem} 404 `size-not-ready`, `no-such-preset`, `no-such-format`; 406 `not-acceptable`.
 */
export function chooseSize(
  version: VersionJson,
  presets: PresetsInForce,
  { preset, format, accept, withoutAvif = false }: AskedSize,
): SizeJson {
  const sizes = version.sizes.filter((size) => size.preset === preset)
  if (sizes.length === 0) {
    // What has no format is no picture, and never has sizes.
    const isToCome = version.format !== null && presets.find(preset) !== undefined
    throw isToCome ? mediaProblems.sizeNotReady(version.status) : mediaProblems.noSuchPreset()
  }
  const chosen =
    format === undefined
      ? negotiate(withoutAvif ? leaveAvif(sizes) : sizes, accept)
      : sizes.find((size) => size.format === format)
  if (!chosen) throw mediaProblems.noSuchFormat()
  return chosen
}

function leaveAvif(sizes: SizeJson[]): SizeJson[] {
  const others = sizes.filter(({ format }) => format !== 'avif')
  return others.length > 0 ? others : sizes
}

/**
 * AVIF where a client asks for it by name, unless it likes another better: it is smaller, and
 * every client that can show it says so. Who accepts anything (`*` + `/*`, as curl and old libraries send) gets the
 * format that everything can read.
 */
function negotiate(sizes: SizeJson[], accept = '*/*'): SizeJson {
  const byName = (name: string) => sizes.find(({ format }) => format === name)
  const widestRead = byName('jpeg') ?? byName('webp')
  const ranges = acceptedRanges(accept)
  const smallest = byName('avif')
  const isAsked = ranges.some(({ type, quality }) => type === 'image/avif' && quality > 0)
  const ordered = [isAsked ? smallest : undefined, widestRead, ...sizes].filter((size) => size !== undefined)
  const [best] = ordered
    .map((size) => ({ size, quality: qualityOf(mimeTypeOf(size.format), ranges) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  if (!best) throw mediaProblems.notAcceptable(sizes.map(({ format }) => mimeTypeOf(format)))
  return best.size
}

interface AcceptedRange {
  type: string
  quality: number
}

/** RFC 9110, 12.5.1; parameters other than `q` say nothing of pictures. */
function acceptedRanges(accept: string): AcceptedRange[] {
  return accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return { type, quality: Number(quality?.slice(2) ?? 1) || 0 }
  })
}

/** The most specific range decides. */
function qualityOf(mimeType: string, ranges: AcceptedRange[]): number {
  const named = [mimeType, `${mimeType.split('/')[0]}/*`, '*/*'].flatMap((wanted) =>
    ranges.filter(({ type }) => type === wanted),
  )
  return named[0]?.quality ?? 0
}
