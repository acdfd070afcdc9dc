import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { readRoutes } from '../src/route-table.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-routes-'))
})
afterAll(() => rm(folder, { recursive: true }))

const read = async (text: string) => {
  const file = join(folder, 'routes.json')
  await writeFile(file, text)
  return readRoutes(file)
}

describe('When the table of routes is read', () => {
  it('then the longest path decides, whatever the order', async () => {
    const routes = await read(
      '{"routes":[{"path":"/api","service":"main-service"},{"path":"/api/media","service":"medias-service"}]}',
    )
    expect(['/api/media', '/api/media/1', '/api/medias', '/api', '/apis', '/'].map(routes)).toEqual([
      'medias-service',
      'medias-service',
      'main-service',
      'main-service',
      undefined,
      undefined,
    ])
  })

  it.each([
    ['{"routes":[{"path":"/api","service":"other"}]}', /ROUTES_FILE\.routes\.0\.service/],
    ['{"routes":[{"path":"api/","service":"main-service"}]}', /must be a path such as/],
    ['{', /ROUTES_FILE/],
  ])('then %s is rejected with the place of the error', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message)
  })

  it('then a missing file is named', async () => {
    await expect(readRoutes(join(folder, 'none.json'))).rejects.toThrow(/none\.json/)
  })
})
