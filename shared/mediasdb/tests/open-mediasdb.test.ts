import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startPostgres, type PostgresServer } from '@likeness/local-servers'
import { lockSource, openMediasdb, type Mediasdb } from '@likeness/mediasdb'
import { createDatabase, type TestDatabase } from '@likeness/test-kit'

describe('mediasdb', () => {
  let database: TestDatabase
  let mediasdb: Mediasdb
  beforeAll(async () => {
    database = await createDatabase({ template: 'mediasdb' })
    mediasdb = openMediasdb(database.url, { applicationName: 'test', poolSize: 3 })
  })
  afterAll(async () => {
    await mediasdb.close()
    await database.drop()
  })

  const addMedia = async () => {
    const about = { filename: 'a.jpg', mimeType: 'image/jpeg', kind: 'image' as const, ownerId: randomUUID() }
    const blob = { sha256: randomUUID().replaceAll('-', '').repeat(2), bytes: 5_000_000_000, storeKey: randomUUID() }
    const media = await mediasdb.Media.create({ id: randomUUID(), ...about })
    const { id: blobId } = await mediasdb.Blob.create({ id: randomUUID(), ...blob })
    const version = { id: randomUUID(), mediaId: media.id, number: 1, blobId, createdBy: media.ownerId }
    return { media, version: await mediasdb.MediaVersion.create(version), blobId }
  }

  it('returns bigint columns as numbers and transaction ids as text, in models and in raw rows', async () => {
    const { blobId } = await addMedia()
    expect((await mediasdb.Blob.findByPk(blobId))?.bytes).toBe(5_000_000_000)
    const read = 'SELECT bytes FROM blob WHERE id = :blobId'
    expect(await mediasdb.row(read, { blobId })).toEqual({ bytes: 5_000_000_000 })
    expect(await mediasdb.transaction((unit) => unit.row(read, { blobId }))).toEqual({ bytes: 5_000_000_000 })
    const row = await mediasdb.Outbox.create({ routingKey: 'bulk', payload: {} })
    expect([typeof row.id, typeof row.xid]).toEqual(['number', 'string'])
  })

  it('stores a media and a version that reference each other', async () => {
    const { media, version } = await addMedia()
    await mediasdb.Media.update({ currentVersionId: version.id }, { where: { id: media.id } })
    const found = await mediasdb.Media.findByPk(media.id, { include: ['currentVersion', 'versions', 'tags'] })
    expect(found).toMatchObject({ currentVersion: { number: 1 }, versions: [{ id: version.id }], tags: [] })
    await mediasdb.Media.destroy({ where: { id: media.id } })
    expect(await mediasdb.MediaVersion.findByPk(version.id)).toBeUndefined()
  })

  it('stores times in milliseconds, so that a condition matches the returned time', async () => {
    const { media } = await addMedia()
    const { createdAt } = media
    expect(await mediasdb.Media.count({ where: { id: media.id, createdAt } })).toBe(1)
  })

  it('rejects invalid rows', async () => {
    const { media, version, blobId } = await addMedia()
    const changeMedia = (values: object) => mediasdb.Media.update(values, { where: { id: media.id } })
    await expect(changeMedia({ focalX: 0.5 })).rejects.toThrow(/media_focal_both_or_none/)
    await expect(changeMedia({ focalX: 2, focalY: 0.5 })).rejects.toThrow(/check/)
    await expect(mediasdb.MediaVersion.update({ number: 0 }, { where: { id: version.id } })).rejects.toThrow(/check/)
    const { sha256 = '' } = (await mediasdb.Blob.findByPk(blobId)) ?? {}
    const twin = { id: randomUUID(), sha256, bytes: 1, storeKey: randomUUID() }
    await expect(mediasdb.Blob.create(twin)).rejects.toThrow(/blob_sha256_live/)
    await expect(mediasdb.Blob.create({ ...twin, state: 'condemned' })).resolves.toBeDefined()
  })

  it('sets the time of a change from the clock of PostgreSQL, and returns the number of changed rows', async () => {
    const { media } = await addMedia()
    expect(await mediasdb.Media.update({ title: 'A' }, { where: { id: media.id } })).toBe(1)
    const changed = await mediasdb.Media.findByPk(media.id)
    expect(changed?.updatedAt.getTime()).toBeGreaterThan(media.updatedAt.getTime())
    expect(await mediasdb.Media.update({ title: 'A' }, { where: { id: randomUUID() } })).toBe(0)
  })

  it('locks a source for one transaction at a time', async () => {
    const order: string[] = []
    const hold = (name: string, ms: number): Promise<void> =>
      mediasdb.transaction(async (unit) => {
        await lockSource(unit, 'a'.repeat(64))
        order.push(`${name} in`)
        await new Promise((resolve) => setTimeout(resolve, ms))
        order.push(`${name} out`)
      })
    await Promise.all([hold('one', 100), hold('other', 100)])
    expect(order.map((line) => line.split(' ')[1])).toEqual(['in', 'out', 'in', 'out'])
  })

  describe('when PostgreSQL is unavailable', () => {
    let server: PostgresServer
    let lone: Mediasdb
    beforeAll(async () => {
      server = await startPostgres({ name: 'mediasdb', database: 'lone', port: 'free', durable: false })
      lone = openMediasdb(server.url, { applicationName: 'test', poolSize: 2 })
    })
    afterAll(async () => {
      await lone.close()
      await server.remove()
    })

    const ask = () => lone.rows('SELECT 1 AS here')
    const inTransaction = () => lone.transaction((unit) => unit.rows('SELECT 1 AS here'))
    const msToFail = async (work: () => Promise<unknown>): Promise<number> => {
      const startedAt = performance.now()
      await expect(work()).rejects.toThrow()
      return performance.now() - startedAt
    }

    it('fails within 5 s when it does not respond, also in a transaction, and works again afterwards', async () => {
      await ask()
      server.freeze()
      const waits = await Promise.all([ask, inTransaction, inTransaction].map(msToFail))
      server.thaw()
      expect(Math.max(...waits)).toBeLessThan(5_000)
      await inTransaction()
    })

    it('fails at once when it is killed, and works again afterwards', async () => {
      await Promise.all([ask(), ask()])
      await server.kill()
      expect(await msToFail(inTransaction)).toBeLessThan(1_000)
      await server.start()
      await inTransaction()
    })
  })
})
