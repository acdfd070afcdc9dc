import Negotiator from 'negotiator'

import { mimeTypeOf } from '../ingest/identify-file.ts'
import type { SizeJson, VersionJson } from '../media/version-rows.ts'
import type { PresetsInForce } from '../presets/presets-in-force.ts'
import { mediaProblems } from '../problems.ts'

/** The size that a client requests. */
interface RequestedSize {
  preset: string
  format: string | undefined
  /** The `Accept` header; without it, every format is accepted. */
  accept: string | undefined
  /** Whether `Accept` selects AVIF only if it is the only format. */
  withoutAvif?: boolean
}

/**
 * The size of a preset in the requested format, or in the best format that the client accepts.
 *
 * @throws {Problem} 404 `size-not-ready`, `no-such-preset`, `no-such-format`; 406 `not-acceptable`.
 */
export function chooseSize(
  version: VersionJson,
  presets: PresetsInForce,
  { preset, format, accept, withoutAvif = false }: RequestedSize,
): SizeJson {
  const sizes = version.sizes.filter((size) => size.preset === preset)
  if (sizes.length === 0) {
    // A version without a format is not a picture and never has sizes.
    const isExpected = version.format !== null && presets.find(preset) !== undefined
    throw isExpected ? mediaProblems.sizeNotReady(version.status) : mediaProblems.noSuchPreset()
  }
  const chosen =
    format === undefined
      ? negotiate(withoutAvif ? dropAvif(sizes) : sizes, accept)
      : sizes.find((size) => size.format === format)
  if (!chosen) throw mediaProblems.noSuchFormat()
  return chosen
}

function dropAvif(sizes: SizeJson[]): SizeJson[] {
  const others = sizes.filter(({ format }) => format !== 'avif')
  return others.length > 0 ? others : sizes
}

/**
 * The size with the highest quality in `Accept`. Among equal qualities, AVIF is chosen if the client names it: it is
 * smaller, and every client that can display AVIF names it. Otherwise JPEG is chosen, or WebP if there is no JPEG: curl
 * and old libraries accept any type (`*` + `/*`), but cannot always read AVIF.
 */
function negotiate(sizes: SizeJson[], accept: string | undefined): SizeJson {
  // An empty header means the same as none.
  const header = accept?.trim() || '*/*'
  const namesAvif = acceptedTypes(header).some((type) => type.toLowerCase() === 'image/avif')
  const byName = (name: string) => sizes.find(({ format }) => format === name)
  const preferred = [namesAvif ? byName('avif') : undefined, byName('jpeg') ?? byName('webp'), ...sizes].filter(
    (size) => size !== undefined,
  )
  const types = preferred.map(({ format }) => mimeTypeOf(format))

  const [first] = acceptedTypes(header, types)
  const best = first === types[0] ? [types[0]] : bestTypes(header, types)
  const size = preferred.find((_size, index) => best.includes(types[index]))
  if (!first || !size) throw mediaProblems.notAcceptable(sizes.map(({ format }) => mimeTypeOf(format)))
  return size
}

const acceptedTypes = (accept: string, available?: string[]): string[] =>
  new Negotiator({ headers: { accept } }).mediaTypes(available)

/** A type that no client sends. */
const PROBE = 'x-likeness/probe'

/**
 * The types with the highest quality. Negotiator sorts by quality, and among equal qualities by the client's order, but
 * does not return the quality. So a probe type is sorted with the others: types before the probe have a higher quality.
 * A binary search finds the highest probe with a type before it; a quality is in thousandths (RFC 9110, 12.4.2).
 */
function bestTypes(accept: string, types: string[]): string[] {
  let best: string[] = []
  let quality = 0
  for (let step = 512; step >= 1; step /= 2) {
    const sorted = acceptedTypes(`${PROBE};q=${(quality + step - 0.5) / 1_000}, ${accept}`, [...types, PROBE])
    const better = sorted.slice(0, sorted.indexOf(PROBE))
    if (better.length === 0) continue
    best = better
    quality += step
  }
  return best
}
