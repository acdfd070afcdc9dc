import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { createLogger, readEnvironment } from '@likeness/service-kit/process'

import type { OpenApiDocument } from './document.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The services with an OpenAPI document. */
const services = ['auth-service', 'main-service', 'medias-service'] as const

export interface ServiceDocument {
  service: (typeof services)[number]
  document: OpenApiDocument
}

/** Reads the OpenAPI document of each service. A service can generate its document without a database. */
export async function readDocuments(): Promise<ServiceDocument[]> {
  const folder = await mkdtemp(join(tmpdir(), 'likeness-openapi-'))
  try {
    return await Promise.all(services.map(async (service) => ({ service, document: await read(service, folder) })))
  } finally {
    // A service that is still starting may add a key file, and the error of rm would hide the first error.
    await rm(folder, { recursive: true, maxRetries: 3 })
  }
}

/** Imports the service by its path at run time, because no package is allowed to import a service. */
async function read(service: string, folder: string): Promise<OpenApiDocument> {
  const load = (name: string) => import(pathToFileURL(join(repository, service, 'src', name)).href)
  const [{ environmentSchema }, { createContext }, { createApp }] = await Promise.all(
    ['env.ts', 'context.ts', 'app.ts'].map(load),
  )
  const environment = readEnvironment(environmentSchema, { KEYS_DIR: folder })
  const context = await createContext(environment, createLogger({ service, level: 'error' }))
  const server: Server = createApp(context).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi.json`)
  if (!answer.ok) throw new Error(`${service} cannot describe its routes: ${await answer.text()}`)
  return (await answer.json()) as OpenApiDocument
}
