import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { reach } from '@likeness/service-kit/identity'

import { readDocuments, type ServiceDocument } from './openapi/read-documents.ts'
import { drawPermissions, type DescribedRoute, type SeededRights } from './permissions/draw-permissions.ts'

const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const file = 'docs/PERMISSIONS.md'

/**
 * Generates docs/PERMISSIONS.md from the OpenAPI documents of the services and the seeded roles. With `--check` it
 * writes nothing. If the file would change, it reports that and exits with 1.
 */
async function main(): Promise<void> {
  const routes = (await readDocuments()).flatMap(describedRoutes)
  const rights = createRequire(import.meta.url)('../main-service/seeded-rights.cjs') as SeededRights
  const wanted = drawPermissions(routes, rights, reach)
  const path = join(repository, file)
  if ((await readFile(path, 'utf8').catch(() => '')) === wanted) return
  const isCheck = process.argv.includes('--check')
  if (!isCheck) await writeFile(path, wanted)
  else process.exitCode = 1
  console.log(isCheck ? `${file} is out of date. Run npm run permissions.` : `Wrote ${file}.`)
}

function describedRoutes({ service, document }: ServiceDocument): DescribedRoute[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      service,
      method: method.toUpperCase(),
      path: path.replace(/\{(\w+)\}/g, ':$1'),
      summary: operation.summary,
      permission: operation['x-permission'],
      isOwnedByNobody: operation['x-owned-by-nobody'] ?? false,
      isOpen: operation.security.length === 0 || operation.security.some((way) => Object.keys(way).length === 0),
    })),
  )
}

await main()
// The contexts may have begun to open connections, which would keep this process alive.
process.exit()
