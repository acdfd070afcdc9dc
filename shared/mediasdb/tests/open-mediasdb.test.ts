import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startPostgres, type PostgresServer } from '@likeness/local-servers'
import { lockSource, openMediasdb, type Mediasdb } from '@likeness/mediasdb'
import { createDatabase, type TestDatabase } from '@likeness/test-kit'

describe('mediasdb', () => {
  let database: TestDatabase
  let db: Mediasdb
  beforeAll(async () => {
    database = await createDatabase({ template: 'mediasdb' })
    db = openMediasdb(database.url, { applicationName: 'test', poolSize: 3 })
  })
  afterAll(async () => {
    await db.close()
    await database.drop()
  })

  const addMedia = async () => {
    const about = { filename: 'a.jpg', mimeType: 'image/jpeg', kind: 'image' as const, ownerId: randomUUID() }
    const blob = { sha256: randomUUID().replaceAll('-', '').repeat(2), bytes: 5_000_000_000, storeKey: randomUUID() }
    const media = await db.Media.create({ id: randomUUID(), ...about })
    const { id: blobId } = await db.Blob.create({ id: randomUUID(), ...blob })
    const version = { id: randomUUID(), mediaId: media.id, number: 1, blobId, createdBy: media.ownerId }
    return { media, version: await db.MediaVersion.create(version), blobId }
  }

  it('gives counts of bytes and ids as numbers, transactions as text, in models and in raw rows', async () => {
    const { blobId } = await addMedia()
    expect((await db.Blob.findByPk(blobId, { raw: true }))?.bytes).toBe(5_000_000_000)
    expect((await db.Blob.findByPk(blobId))?.bytes).toBe(5_000_000_000)
    const row = await db.Outbox.create({ routingKey: 'bulk', payload: {} })
    expect([typeof row.id, typeof row.xid]).toEqual(['number', 'string'])
  })

  it('takes a media and its version in one transaction, each naming the other', async () => {
    const { media, version } = await addMedia()
    await media.update({ currentVersionId: version.id })
    const found = await db.Media.findByPk(media.id, { include: ['currentVersion', 'versions', 'tags'] })
    expect(found).toMatchObject({ currentVersion: { number: 1 }, versions: [{ id: version.id }], tags: [] })
    await media.destroy()
    expect(await db.MediaVersion.findByPk(version.id)).toBeNull()
  })

  it('keeps times to the millisecond, so that they can be asked for again', async () => {
    const { media } = await addMedia()
    const { createdAt } = await media.reload()
    expect(await db.Media.count({ where: { id: media.id, createdAt } })).toBe(1)
  })

  it('refuses what contradicts itself', async () => {
    const { media, version } = await addMedia()
    await expect(media.update({ focalX: 0.5 })).rejects.toThrow(/media_focal_both_or_none/)
    await expect(media.update({ focalX: 2, focalY: 0.5 })).rejects.toThrow(/check/)
    await expect(version.update({ number: 0 })).rejects.toThrow(/check/)
    const { sha256 } = (await db.Blob.findOne({ rejectOnEmpty: true })).get()
    const twin = { id: randomUUID(), sha256, bytes: 1, storeKey: randomUUID() }
    await expect(db.Blob.create(twin)).rejects.toThrow()
    await expect(db.Blob.create({ ...twin, state: 'condemned' })).resolves.toBeDefined()
  })

  it('lets one at a time hold a source', async () => {
    const order: string[] = []
    const hold = (name: string, ms: number): Promise<void> =>
      db.sequelize.transaction(async (transaction) => {
        await lockSource(db.sequelize, 'a'.repeat(64), transaction)
        order.push(`${name} in`)
        await new Promise((resolve) => setTimeout(resolve, ms))
        order.push(`${name} out`)
      })
    await Promise.all([hold('one', 100), hold('other', 100)])
    expect(order.map((line) => line.split(' ')[1])).toEqual(['in', 'out', 'in', 'out'])
  })

  describe('when PostgreSQL goes', () => {
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

    const ask = () => lone.sequelize.query('SELECT 1')
    const inTransaction = () =>
      lone.sequelize.transaction((transaction) => lone.sequelize.query('SELECT 1', { transaction }))
    const msToFail = async (work: () => Promise<unknown>): Promise<number> => {
      const startedAt = performance.now()
      await expect(work()).rejects.toThrow()
      return performance.now() - startedAt
    }

    it('is known within 5 s when it answers no more, in a transaction too, and used again when it is back', async () => {
      await ask()
      server.freeze()
      const waits = await Promise.all([ask, inTransaction, inTransaction].map(msToFail))
      server.thaw()
      expect(Math.max(...waits)).toBeLessThan(5_000)
      await inTransaction()
    })

    it('is known at once when it dies, and used again when it is back', async () => {
      await Promise.all([ask(), ask()])
      await server.kill()
      expect(await msToFail(inTransaction)).toBeLessThan(1_000)
      await server.start()
      await inTransaction()
    })
  })
})
