import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { undescribed } from './openapi/undescribed.ts'

const file = 'docs/openapi.json'

/** Reports what the API reference does not describe, and exits with 1 if there is something. */
async function main(): Promise<void> {
  const document = JSON.parse(await readFile(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8')) as object
  const places = undescribed(document)
  if (places.length === 0) return
  console.log(`${file} has no description of:\n${places.map((place) => `  ${place}`).join('\n')}`)
  process.exitCode = 1
}

await main()
