import { fingerprintOf, formatsFor, type Preset } from '@likeness/media-jobs'

import type { RegenerationJob } from './regeneration-rows.ts'
import type { VersionToRender } from './version-rows.ts'

type RenderedSize = VersionToRender['sizes'][number]

/** The work that is left for a version. */
export interface SizesToDo {
  /** The presets to render; empty when all requested sizes exist. */
  presets: Preset[]
  /** Sizes that stay. All others are replaced or deleted. */
  kept: RenderedSize[]
}

/**
 * Compares a version's sizes with the requested sizes. A version that is not ready is rendered in all presets. A ready
 * version is rendered in the requested presets that lack a size or have a stale one. With `force`, it is rendered in all
 * requested presets. Sizes of other presets stay, unless their preset is deleted.
 *
 * @param presets the presets in force
 */
export function sizesToDo(version: VersionToRender, presets: readonly Preset[], requested: RegenerationJob): SizesToDo {
  const { status, animated, hasAlpha, focalPoint } = version
  if (status !== 'ready' || animated === null || hasAlpha === null) return { presets: [...presets], kept: [] }

  const isRequested = (name: string): boolean => requested.presets === null || requested.presets.includes(name)
  const formatsOf = (preset: Preset): string[] => formatsFor(preset, { animated, hasAlpha })
  const isThere = (preset: Preset): boolean => {
    const fingerprint = fingerprintOf(preset, focalPoint)
    const sizes = version.sizes.filter((size) => size.preset === preset.name && size.fingerprint === fingerprint)
    return formatsOf(preset).every((format) => sizes.some((size) => size.format === format))
  }
  const toRender = presets.filter((preset) => isRequested(preset.name) && (requested.force || !isThere(preset)))
  const isKept = (size: RenderedSize): boolean => {
    const preset = presets.find(({ name }) => name === size.preset)
    if (!preset || toRender.includes(preset)) return false
    return !isRequested(preset.name) || formatsOf(preset).includes(size.format)
  }
  return { presets: toRender, kept: version.sizes.filter(isKept) }
}
