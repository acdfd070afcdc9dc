import { fingerprintedText, fingerprintOf, formatsFor, type Preset } from '@likeness/media-jobs'

/** The properties of a source that decide its formats. */
const kinds = {
  plain: { animated: false, hasAlpha: false },
  alpha: { animated: false, hasAlpha: true },
  animated: { animated: true, hasAlpha: false },
}
type Kind = keyof typeof kinds

/** The sizes that the presets define for each kind of source, in a form that SQL can compare with existing sizes. */
export interface ExpectedSizes {
  /** Fingerprints without a focal point, by `preset.format`, for the requested presets. */
  fingerprints: Record<Kind, Record<string, string>>
  /** The number of these fingerprints. */
  counts: Record<Kind, number>
  /** For presets that crop: the text before and after the focal point in the text that is hashed to the fingerprint. */
  crops: Record<string, [before: string, after: string]>
  /** The names of the requested presets. */
  requested: string[]
  /** The names of all presets. */
  inForce: string[]
}

const PLACEHOLDER = 'focus'

/** @param only the names of the requested presets; default: all presets */
export function expectedSizes(presets: readonly Preset[], only?: readonly string[]): ExpectedSizes {
  const requested = only ? presets.filter(({ name }) => only.includes(name)) : presets
  const ofKind = (kind: Kind) =>
    Object.fromEntries(
      requested.flatMap((preset) =>
        formatsFor(preset, kinds[kind]).map((format) => [`${preset.name}.${format}`, fingerprintOf(preset, null)]),
      ),
    )
  const fingerprints = { plain: ofKind('plain'), alpha: ofKind('alpha'), animated: ofKind('animated') }
  const countOf = (kind: Kind) => Object.keys(fingerprints[kind]).length
  return {
    fingerprints,
    counts: { plain: countOf('plain'), alpha: countOf('alpha'), animated: countOf('animated') },
    crops: Object.fromEntries(requested.flatMap(cropOf)),
    requested: requested.map(({ name }) => name),
    inForce: presets.map(({ name }) => name),
  }
}

function cropOf(preset: Preset): [string, [string, string]][] {
  const [before = '', after] = fingerprintedText(preset, PLACEHOLDER).split(JSON.stringify(PLACEHOLDER))
  return after === undefined ? [] : [[preset.name, [before, after]]]
}
