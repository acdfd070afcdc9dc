import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { reach } from '@likeness/service-kit/identity'
import { createLogger, readEnvironment } from '@likeness/service-kit/process'

import { drawPermissions, type DescribedRoute, type SeededRights } from './permissions/draw-permissions.ts'

const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const services = ['main-service', 'auth-service', 'medias-service']
const file = 'docs/PERMISSIONS.md'

/**
 * Generates docs/PERMISSIONS.md from the OpenAPI documents of the services and the seeded roles. With `--check` it
 * writes nothing. If the file would change, it reports that and exits with 1.
 */
async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'likeness-permissions-'))
  try {
    const routes = (await Promise.all(services.map((service) => readRoutes(service, folder)))).flat()
    const rights = createRequire(import.meta.url)('../main-service/seeded-rights.cjs') as SeededRights
    const wanted = drawPermissions(routes, rights, reach)
    const path = join(repository, file)
    if ((await readFile(path, 'utf8').catch(() => '')) === wanted) return
    const isCheck = process.argv.includes('--check')
    if (!isCheck) await writeFile(path, wanted)
    else process.exitCode = 1
    console.log(isCheck ? `${file} is out of date. Run npm run permissions.` : `Wrote ${file}.`)
  } finally {
    // A service that is still starting may add a key file, and the error of rm would hide the first error.
    await rm(folder, { recursive: true, maxRetries: 3 })
  }
}

interface Operation {
  summary: string
  'x-permission': string | null
  'x-owned-by-nobody'?: true
  'x-feature'?: string
  security: object[]
}

/**
 * Imports the service by its path at run time, because no package is allowed to import a service. A service can
 * generate its OpenAPI document without a database.
 */
async function readRoutes(service: string, folder: string): Promise<DescribedRoute[]> {
  const load = (name: string) => import(pathToFileURL(join(repository, service, 'src', name)).href)
  const [{ environmentSchema }, { createContext }, { createApp }] = await Promise.all(
    ['env.ts', 'context.ts', 'app.ts'].map(load),
  )
  const environment = readEnvironment(environmentSchema, { KEYS_DIR: folder })
  const context = await createContext(environment, createLogger({ service, level: 'silent' }))
  const server: Server = createApp(context).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi.json`)
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Operation>> }
  return Object.entries(paths).flatMap(([path, operations]) =>
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
