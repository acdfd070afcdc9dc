import { readFileSync } from 'node:fs'

import { presetsSchema, type Preset } from '@likeness/media-jobs'
import { EnvironmentError, explainUnreadableFile, validate, type Fault } from '@likeness/service-kit/process'

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
  const validated = validate(presetsSchema, content)
  if (!validated.success) throw cannotBeUsed(validated.faults.map((fault) => describeFault(fault, content)))
  return validated.data
}

/** Names the preset, or gives its position (from 1) if it has no name. */
function describeFault({ path, message }: Fault, content: unknown): string {
  const [place, ...field] = path
  if (typeof place !== 'number') return `The presets ${message}.`
  const { name } = (Array.isArray(content) && (content[place] as { name?: unknown } | null)) || {}
  const preset = `The preset ${typeof name === 'string' ? `"${name}"` : place + 1}`
  const sentence = field.length > 0 ? `${preset}: ${field.join('.')} ${message}` : `${preset} ${message}`
  // The message about a misspelled field ends with a question: did you mean width?
  return sentence.endsWith('?') ? sentence : `${sentence}.`
}
