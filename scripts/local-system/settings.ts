import { join } from 'node:path'

import { readEnvFile } from '@likeness/service-kit/process'

/**
 * The variables that a person set for a deployable in `.env` files: in its own, and in the repository's, which has
 * precedence. A value that is the same in `.env.example` counts as not set: a copy of that file changes nothing.
 */
export type Settings = Record<string, string | undefined>

/** @throws Error when a file exists and cannot be read */
export function readSettings(repository: string, folder: string): Settings {
  const example = readEnvFile(join(repository, folder, '.env.example'))
  const own = readEnvFile(join(repository, folder, '.env'))
  const common = readEnvFile(join(repository, '.env'))
  const changed = Object.entries(own).filter(([name, value]) => value !== example[name])
  const set = [...changed, ...Object.entries(common)].filter(([, value]) => value)
  return Object.fromEntries(set)
}
