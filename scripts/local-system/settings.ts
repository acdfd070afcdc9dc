import { join } from 'node:path'

import { readEnvFile } from '@likeness/service-kit/process'

/**
 * The variables that a developer set for a deployable in its own `.env` file or in the repository's `.env` file, which has
 * precedence. A value that equals the value in `.env.example` counts as not set, so that a copy of that file has no
 * effect.
 */
export type Settings = Record<string, string | undefined>

/** The settings of each deployable. */
export type SystemSettings = Record<
  'main-service' | 'auth-service' | 'medias-service' | 'media-worker' | 'deploy/gateway',
  Settings
>

/** @throws Error if a file exists and cannot be read */
export function readSettings(repository: string, folder: string): Settings {
  const example = readEnvFile(join(repository, folder, '.env.example'))
  const own = readEnvFile(join(repository, folder, '.env'))
  const common = readEnvFile(join(repository, '.env'))
  const changed = Object.entries(own).filter(([name, value]) => value !== example[name])
  const set = [...changed, ...Object.entries(common)].filter(([, value]) => value)
  return Object.fromEntries(set)
}
