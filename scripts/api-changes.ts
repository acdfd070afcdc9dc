import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { breakingChanges } from './openapi/breaking-changes.ts'
import type { OpenApiDocument } from './openapi/document.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
const folder = 'docs/releases'
const acceptedFile = `${folder}/accepted-changes.json`

/** A breaking change that the next release may contain. `change` can end with `*`. */
interface Accepted {
  change: string
  reason: string
}

/**
 * Compares docs/openapi.json with the document of the last release. It exits with 1 if a breaking change is not accepted,
 * or if an accepted change is not there.
 */
async function main(): Promise<void> {
  const read = async (path: string) => JSON.parse(await readFile(join(repository, path), 'utf8')) as unknown
  const releases = (await readdir(join(repository, folder))).filter((name) => name.startsWith('openapi-'))
  const last = releases.toSorted(byVersion).at(-1)
  const accepted = (await read(acceptedFile)) as Accepted[]
  const changes = breakingChanges(
    (await read(`${folder}/${last}`)) as OpenApiDocument,
    (await read('docs/openapi.json')) as OpenApiDocument,
  )
  const faults = [
    ...changes.filter((change) => !accepted.some((one) => isFor(one, change))),
    ...accepted
      .filter((one) => !changes.some((change) => isFor(one, change)))
      .map(({ change }) => `${acceptedFile} accepts a change that does not exist: ${change}`),
  ]
  for (const fault of faults) console.log(fault)
  console.log(`Compared with ${last}: ${changes.length} breaking changes, ${faults.length} faults.`)
  if (faults.length > 0) {
    console.log(`Keep the API compatible, or add the change and its reason to ${acceptedFile}.`)
    process.exitCode = 1
  }
}

const byVersion = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })

const isFor = ({ change }: Accepted, found: string) =>
  change.endsWith('*') ? found.startsWith(change.slice(0, -1)) : found === change

await main()
