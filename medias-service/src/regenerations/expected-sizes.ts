import { fingerprintedText, fingerprintOf, formatsFor, type Preset } from '@likeness/media-jobs'

/** What decides in which formats a source comes. */
const kinds = {
  plain: { animated: false, hasAlpha: false },
  alpha: { animated: false, hasAlpha: true },
  animated: { animated: true, hasAlpha: false },
}
type Kind = keyof typeof kinds

/** What the presets in force ask of each kind of source, in a form that SQL compares sizes with. */
export interface ExpectedSizes {
  /** Fingerprints where no focal point is set, by `preset.format`; of the presets that are asked for. */
  fingerprints: Record<Kind, Record<string, string>>
  /** How many those are. */
  counts: Record<Kind, number>
  /** Of presets that crop: what stands before and after the focal point in the text that a fingerprint is made from. */
  crops: Record<string, [before: string, after: string]>
  /** The presets that are asked for, by name. */
  asked: string[]
  /** All there are. */
  inForce: string[]
}

const PLACE = 'focus'

/** @param only the names of those that are asked for; all unless told */
export function expectedSizes(presets: readonly Preset[], only?: readonly string[]): ExpectedSizes {
  const asked = only ? presets.filter(({ name }) => only.includes(name)) : presets
  const ofKind = (kind: Kind) =>
    Object.fromEntries(
      asked.flatMap((preset) =>
        formatsFor(preset, kinds[kind]).map((format) => [`${preset.name}.${format}`, fingerprintOf(preset, null)]),
      ),
    )
  const fingerprints = { plain: ofKind('plain'), alpha: ofKind('alpha'), animated: ofKind('animated') }
  const countOf = (kind: Kind) => Object.keys(fingerprints[kind]).length
  return {
    fingerprints,
    counts: { plain: countOf('plain'), alpha: countOf('alpha'), animated: countOf('animated') },
    crops: Object.fromEntries(asked.flatMap(cropOf)),
    asked: asked.map(({ name }) => name),
    inForce: presets.map(({ name }) => name),
  }
}

function cropOf(preset: Preset): [string, [string, string]][] {
  const [before = '', after] = fingerprintedText(preset, PLACE).split(JSON.stringify(PLACE))
  return after === undefined ? [] : [[preset.name, [before, after]]]
}
