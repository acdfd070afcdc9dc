import { readFileSync, unwatchFile, watchFile } from 'node:fs'

import { presetsSchema, type Preset } from '@likeness/media-jobs'
import { z } from 'zod'

/** How often the file is looked at for a change. */
const LOOK_EVERY_MS = 500

/**
 * Reads the file of presets.
 *
 * @throws Error that names the file and every fault in it
 */
export function readPresetsFile(file: string): readonly Preset[] {
  try {
    const parsed = presetsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    if (parsed.success) return parsed.data
    throw new Error(z.prettifyError(parsed.error))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`The presets in ${file} cannot be used: ${reason}`, { cause: error })
  }
}

/** Calls back whenever the file has changed, or was replaced. Returns what ends it. */
export function watchPresetsFile(file: string, onChange: () => void): () => void {
  watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, onChange)
  return () => unwatchFile(file, onChange)
}
