import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'

/** The `.env` files, relative to the folder of a deployable: the file of the whole system, then the deployable's own file. */
const ENV_FILES = ['../.env', '.env']

type Variables = Record<string, string | undefined>

/**
 * Adds the variables of both `.env` files to the environment. The environment has precedence over `../.env`, and
 * `../.env` over `.env`. A relative path is relative to the folder of its file. An empty value counts as not set, so it
 * does not override the value of the next file. With `NODE_ENV=production` or `NODE_ENV=test` in the environment, no file
 * is read, because the file of a developer must not affect production or tests.
 *
 * @throws Error if a file exists and cannot be read
 */
export function loadEnvFiles(environment: Variables, files = ENV_FILES): void {
  if (['production', 'test'].includes(environment['NODE_ENV'] ?? '')) return
  for (const file of files) {
    for (const [name, value] of Object.entries(readEnvFile(file))) environment[name] ||= fromFolderOf(file, name, value)
  }
}

/**
 * The variables of a `.env` file; empty if the file does not exist.
 *
 * @throws Error if the file exists and cannot be read
 */
export function readEnvFile(file: string): Variables {
  try {
    return parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Resolves the value of a variable that is a path: the names of these variables end with `_FILE` or `_DIR`. */
function fromFolderOf(file: string, name: string, value: string | undefined): string | undefined {
  return value && /_(FILE|DIR)$/.test(name) && !value.startsWith('/') ? join(dirname(file), value) : value
}
