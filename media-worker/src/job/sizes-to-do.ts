import { fingerprintOf, formatsFor, type Preset } from '@likeness/media-jobs'

import type { Demand } from './regeneration-rows.ts'
import type { VersionToRender } from './version-rows.ts'

type RenderedSize = VersionToRender['sizes'][number]

/** What is left to do for a version. */
export interface SizesToDo {
  /** To be rendered; none when every size that is asked for is there. */
  presets: Preset[]
  /** Sizes that stay as they are; whatever is neither here nor rendered goes. */
  kept: RenderedSize[]
}

/**
 * Compares what a version has with what is asked for now. A version that is not ready has all of it before it. Of a ready
 * one only the presets are rendered that lack a size or have one by another definition, or all that are demanded anew;
 * sizes of a preset that is not demanded stay, unless there is no such preset any more.
 *
 * @param presets those in force
 */
export function sizesToDo(version: VersionToRender, presets: readonly Preset[], demand: Demand): SizesToDo {
  const { status, animated, hasAlpha, focalPoint } = version
  if (status !== 'ready' || animated === null || hasAlpha === null) return { presets: [...presets], kept: [] }

  const isDemanded = (name: string): boolean => demand.presets === null || demand.presets.includes(name)
  const formatsOf = (preset: Preset): string[] => formatsFor(preset, { animated, hasAlpha })
  const isThere = (preset: Preset): boolean => {
    const fingerprint = fingerprintOf(preset, focalPoint)
    const sizes = version.sizes.filter((size) => size.preset === preset.name && size.fingerprint === fingerprint)
    return formatsOf(preset).every((format) => sizes.some((size) => size.format === format))
  }
  const toRender = presets.filter((preset) => isDemanded(preset.name) && (demand.anew || !isThere(preset)))
  const isKept = (size: RenderedSize): boolean => {
    const preset = presets.find(({ name }) => name === size.preset)
    if (!preset || toRender.includes(preset)) return false
    return !isDemanded(preset.name) || formatsOf(preset).includes(size.format)
  }
  return { presets: toRender, kept: version.sizes.filter(isKept) }
}
