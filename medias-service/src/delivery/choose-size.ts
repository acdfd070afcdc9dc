import Negotiator from 'negotiator'

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
 * The size that the client likes best. Among equal qualities: AVIF where the client names it, because it is smaller and
 * every client that can show it names it. Otherwise the format that everything can read: curl and old libraries accept
 * anything (`*` + `/*`).
 */
function negotiate(sizes: SizeJson[], accept: string | undefined): SizeJson {
  // A client that sends an empty header accepts anything, as one that sends none does.
  const header = accept?.trim() || '*/*'
  const byName = (name: string) => sizes.find(({ format }) => format === name)
  const namesAvif = acceptedTypes(header).some((type) => type.toLowerCase() === 'image/avif')
  const preferred = [namesAvif ? byName('avif') : undefined, byName('jpeg') ?? byName('webp'), ...sizes].filter(
    (size) => size !== undefined,
  )
  const [first] = preferred
  const [best] = acceptedTypes(
    header,
    preferred.map(({ format }) => mimeTypeOf(format)),
  )
  if (!first || best === undefined) {
    throw mediaProblems.notAcceptable(sizes.map(({ format }) => mimeTypeOf(format)))
  }
  if (mimeTypeOf(first.format) === best) return first
  const quality = qualityOf(best, header)
  return preferred.find(({ format }) => isAtLeast(mimeTypeOf(format), quality, header)) ?? first
}

const acceptedTypes = (accept: string, available?: string[]): string[] =>
  new Negotiator({ headers: { accept } }).mediaTypes(available)

/** A type that no client sends, with which a quality is measured. */
const PROBE = 'x-likeness/probe'

/**
 * Whether the client gives a type at least this quality, in thousandths. Negotiator sorts by quality, then by the
 * client's order, and does not return the quality: so it sorts the type and a probe that is liked half a thousandth less.
 */
function isAtLeast(type: string, quality: number, accept: string): boolean {
  return acceptedTypes(`${PROBE};q=${(quality - 0.5) / 1000}, ${accept}`, [type, PROBE])[0] === type
}

/** The quality of a type that the client accepts, in thousandths: a quality has three decimals (RFC 9110, 12.4.2). */
function qualityOf(type: string, accept: string): number {
  let [low, high] = [1, 1000]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (isAtLeast(type, middle, accept)) low = middle
    else high = middle - 1
  }
  return low
}
