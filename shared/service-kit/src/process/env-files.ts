import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'

/** The files of variables, relative to the folder of a deployable: the file of the whole system, then its own file. */
const ENV_FILES = ['../.env', '.env']

type Variables = Record<string, string | undefined>

/**
 * Adds the variables of both `.env` files to the environment. The environment has precedence over `../.env`, and
 * `../.env` over `.env`. A relative path starts in the folder of its file. An empty value counts as not set, so it hides no other value. With `NODE_ENV=production` or
 * `NODE_ENV=test` in the environment, no file is read: a developer's file must not change either.
 *
 * @throws Error when a file exists and cannot be read
 */
export function loadEnvFiles(environment: Variables = process.env, files = ENV_FILES): void {
  if (['production', 'test'].includes(environment['NODE_ENV'] ?? '')) return
  for (const file of files) {
    for (const [name, value] of Object.entries(readEnvFile(file))) environment[name] ||= fromFolderOf(file, name, value)
  }
}

/**
 * The variables of a `.env` file; empty when there is no file.
 *
 * @throws Error when the file exists and cannot be read
 */
export function readEnvFile(file: string): Variables {
  try {
    return parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** The names of all variables with a path end with `_FILE` or `_DIR`. */
function fromFolderOf(file: string, name: string, value: string | undefined): string | undefined {
  return value && /_(FILE|DIR)$/.test(name) && !value.startsWith('/') ? join(dirname(file), value) : value
}
