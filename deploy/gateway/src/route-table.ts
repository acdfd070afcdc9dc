import { readFile } from 'node:fs/promises'

import { EnvironmentError, validate } from '@likeness/service-kit/process'
import { z } from 'zod'

const serviceNames = ['auth-service', 'main-service', 'medias-service'] as const

export type ServiceName = (typeof serviceNames)[number]

const tableSchema = z.strictObject({
  routes: z.array(
    z.strictObject({
      path: z.string().regex(/^(\/[\w.-]+)+$/, 'must be a path such as /api/v1/media'),
      service: z.enum(serviceNames),
    }),
  ),
})

/** Returns the service for a path, or undefined. */
export type RouteTable = (path: string) => ServiceName | undefined

/**
 * Reads the table of routes. A path in the table applies to itself and to every path below it. The longest matching path
 * decides.
 *
 * @throws EnvironmentError if the file is missing or invalid
 */
export async function readRoutes(file: string): Promise<RouteTable> {
  const validated = validate(tableSchema, await readJson(file))
  if (!validated.success) {
    const faults = validated.faults.map(({ path, message }) => `${['ROUTES_FILE', ...path].join('.')} ${message}`)
    throw new EnvironmentError(faults, file)
  }
  const routes = [...validated.data.routes].sort((one, other) => other.path.length - one.path.length)
  return (path) => routes.find((route) => path === route.path || path.startsWith(`${route.path}/`))?.service
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new EnvironmentError([`ROUTES_FILE ${(error as Error).message}`], file)
  }
}
