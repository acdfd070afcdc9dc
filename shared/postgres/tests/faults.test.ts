import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startPostgres, type PostgresServer } from '@likeness/local-servers'
import { databaseFault, isDatabaseUnavailable } from '@likeness/postgres'
import { eventually } from '@likeness/test-kit'

import { openLibrary, type Library } from './library.ts'

describe('a database that is unavailable', () => {
  let server: PostgresServer
  let library: Library
  beforeAll(async () => {
    // Durable, because a test kills the server and needs its tables afterwards.
    server = await startPostgres({ name: 'library', database: 'library', port: 'free', durable: true })
    ;({ library } = await openLibrary(server.url))
  })
  afterAll(async () => {
    await library.close()
    await server.remove()
  })

  const asks = {
    sql: () => library.rows('SELECT 1 AS one'),
    model: () => library.Shelf.findAll(),
    sqlInTransaction: () => library.transaction((unit) => unit.rows('SELECT 1 AS one')),
    modelInTransaction: () => library.transaction((unit) => unit.Shelf.findAll()),
  }
  const failure = async (ask: () => Promise<unknown>): Promise<{ ms: number; error: unknown }> => {
    const startedAt = performance.now()
    const error = await ask().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    return { ms: performance.now() - startedAt, error }
  }

  it('When it does not respond, then every statement fails within 5 s with 503, and works again afterwards', async () => {
    await Promise.all(Object.values(asks).map((ask) => ask()))
    server.freeze()
    const failures = await Promise.all(Object.values(asks).map(failure))
    server.thaw()
    for (const { ms, error } of failures) {
      expect(databaseFault(error) ?? error).toMatchObject({ status: 503 })
      expect(ms).toBeLessThan(5_000)
    }
    for (const ask of Object.values(asks)) await eventually(ask, { limitMs: 60_000 })
  })

  it('When it is killed, then statements fail at once, the process survives, and the restarted server is used', async () => {
    await Promise.all(Object.values(asks).map((ask) => ask()))
    const held = failure(() =>
      library.transaction(async (unit) => {
        await unit.Shelf.create({ name: 'lost' })
        await server.kill()
        await unit.Shelf.findAll()
      }),
    )
    expect((await held).error).toBeDefined()
    for (const ask of Object.values(asks)) {
      const { ms, error } = await failure(ask)
      expect(isDatabaseUnavailable(error)).toBe(true)
      expect(ms).toBeLessThan(1_000)
    }
    await server.start()
    for (const ask of Object.values(asks)) await eventually(ask, { limitMs: 60_000 })
    expect(await library.Shelf.count({ where: { name: 'lost' } })).toBe(0)
  })
})
