import { readFileSync } from 'node:fs'

import { presetsSchema, type Preset } from '@likeness/media-jobs'
import { EnvironmentError, explainUnreadableFile } from '@likeness/service-kit/process'
import type { z } from 'zod'

/**
 * Reads the presets file.
 *
 * @throws {EnvironmentError} with every error in the file.
 */
export function readPresetsFile(file: string): readonly Preset[] {
  const cannotBeUsed = (faults: string[]) => new EnvironmentError(faults, `The presets file ${file}`)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw cannotBeUsed([explainUnreadableFile(file, error)])
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw cannotBeUsed([`It is not valid JSON: ${(error as Error).message}.`])
  }
  const parsed = presetsSchema.safeParse(content)
  if (!parsed.success) throw cannotBeUsed(parsed.error.issues.map((issue) => describeIssue(issue, content)))
  return parsed.data
}

/** Names the preset, or gives its position (from 1) if it has no name. */
function describeIssue({ path, message }: z.core.$ZodIssue, content: unknown): string {
  const [place, ...field] = path
  if (typeof place !== 'number') return `The presets: ${message}.`
  const { name } = (Array.isArray(content) && (content[place] as { name?: unknown } | null)) || {}
  const which = typeof name === 'string' ? `"${name}"` : String(place + 1)
  return `The preset ${which}${field.length > 0 ? `, ${field.join('.')}` : ''}: ${message}.`
}
