import { existsSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { findProgram } from './system-packages.ts'

/** An installed PostgreSQL: the folder of its programs and its major version. */
export interface PostgresPrograms {
  bin: string
  major: string
}

const debianRoot = '/usr/lib/postgresql'

/** The installed PostgreSQL versions, newest first. */
export function findPostgresPrograms(): PostgresPrograms[] {
  const versions = existsSync(debianRoot) ? readdirSync(debianRoot) : []
  const debian = versions
    .map((major) => ({ bin: join(debianRoot, major, 'bin'), major }))
    .filter(({ bin }) => existsSync(join(bin, 'postgres')) && existsSync(join(bin, 'initdb')))
    .sort((a, b) => Number(b.major) - Number(a.major))
  if (debian.length > 0) return debian
  const postgres = findProgram('postgres')
  return postgres && findProgram('initdb') ? [{ bin: dirname(postgres), major: 'any' }] : []
}

/**
 * The programs of the PostgreSQL version that created a data folder, or of the newest version for a new folder. If that
 * version is not installed any more, the folder is renamed, never deleted.
 *
 * @returns undefined if PostgreSQL is not installed
 */
export function choosePostgresPrograms(data: string, say: (line: string) => void): PostgresPrograms | undefined {
  const installed = findPostgresPrograms()
  const newest = installed[0]
  const versionFile = join(data, 'PG_VERSION')
  if (newest === undefined || newest.major === 'any' || !existsSync(versionFile)) return newest
  const made = readFileSync(versionFile, 'utf8').trim()
  const fitting = installed.find(({ major }) => major === made)
  if (fitting) return fitting
  renameSync(data, `${data}-${made}`)
  say(`PostgreSQL ${made} is no longer installed; its data was moved to ${data}-${made}`)
  return newest
}
