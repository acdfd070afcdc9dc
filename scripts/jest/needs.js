import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The functions of the test kit that need each of these. */
const functions = {
  maindb: /\bstartSystem\b|\bsharedSystem\b|template: 'maindb'/,
  mediasdb: /\bstartSystem\b|\bsharedSystem\b|template: 'mediasdb'/,
  postgres: /\bstartSystem\b|\bsharedSystem\b|\bcreateDatabase\b/,
  broker: /\bstartSystem\b|\bsharedSystem\b|\bcreateVhost\b/,
  browser: /\bfindChromium\b/,
  build: /\bstartSystem\b|\bsharedSystem\b|\bstartService\b|\brunCommandOf\b/,
}

/**
 * The needs of a run of these test files: PostgreSQL, a template of each database, RabbitMQ, Chromium, a build of the deployables.
 * It searches the files, and the files that they import from folders named `tests`. A function of the test kit fails with
 * a clear error if its server was not started.
 */
export function needsOf(paths) {
  const files = new Set()
  for (const path of paths) collect(path, files)
  const texts = [...files].map((file) => readFileSync(file, 'utf8'))
  return Object.fromEntries(
    Object.entries(functions).map(([need, word]) => [need, texts.some((text) => word.test(text))]),
  )
}

function collect(file, files) {
  if (files.has(file) || !file.includes('/tests/') || !existsSync(file)) return
  files.add(file)
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/ from '(\.[^']+)'/g)) {
    collect(join(dirname(file), specifier), files)
  }
}
