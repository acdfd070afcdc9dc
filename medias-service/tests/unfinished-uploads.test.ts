import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { keys, openDiskStore, type FileStore } from '@likeness/media-files'
import { eventually, type Answer } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { retireKey } from '../src/blobs/blob-rows.ts'
import { settleUnsettled } from '../src/blobs/settle-bytes.ts'
import { sweepStore } from '../src/housekeeping/sweep-store.ts'
import { sweepWriters } from '../src/housekeeping/sweep-writers.ts'
import { createWriterWatch } from '../src/housekeeping/writer-watch.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { bodyOf, filePart, multipart } from './raw-requests.ts'
import { finishVersion } from './rendered.ts'

let medias: MediasUnderTest
let ada: Client
/** Called after the next copy to `originals/`, before the rows are written. */
let afterCopy: ((storeKey: string) => Promise<unknown>) | undefined

const BEAT_MS = 50
const DEAD_MS = 1_000

beforeAll(async () => {
  medias = await startMedias({
    beatMs: BEAT_MS,
    store: (real) => ({
      ...real,
      async copy(from, to) {
        await real.copy(from, to)
        const work = afterCopy
        afterCopy = undefined
        await work?.(to)
      },
    }),
  })
  ada = medias.somebody()
})
afterAll(() => medias?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]

/** Every file of an upload has a row, every row has its file, and nothing is unfinished. */
async function expectFilesAsRows(): Promise<void> {
  const rows = await medias.rows(`SELECT store_key AS key FROM blob WHERE state <> 'gone' ORDER BY 1`)
  const files = (await medias.stored()).filter((key) => !key.startsWith('renditions/'))
  expect(files.toSorted()).toEqual(rows.map(({ key }) => key))
}

/** Looks at the writers again and again, until `done`. */
async function sweepUntil(done: () => Promise<void>, context = medias.context): Promise<void> {
  const watch = createWriterWatch({ deadMs: DEAD_MS, noteMs: 60_000, stepMs: DEAD_MS / 4 })
  const sweep = async () => {
    await sweepWriters(context, watch)
    await done()
  }
  await eventually(sweep, { limitMs: 60_000, everyMs: 20 })
}

/** A store whose process sends no heartbeats any more. */
const deadStore = (): FileStore => openDiskStore(medias.storeFolder, { beatMs: 3_600_000 })

/** Receives a file completely. @returns its key */
async function finished(store: FileStore, id: string): Promise<string> {
  const { key, stream } = await store.openIncoming(id)
  await new Promise((resolve) => stream.end('bytes', () => resolve(undefined)))
  return key
}

describe('When the connection is lost during the commit of an upload', () => {
  beforeAll(async () => {
    await medias.rows(
      `CREATE FUNCTION end_connection() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
       'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'`,
    )
    await medias.rows(
      `CREATE CONSTRAINT TRIGGER lost AFTER INSERT ON media DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW WHEN (NEW.title = 'lost') EXECUTE FUNCTION end_connection()`,
    )
  })
  afterAll(() => medias.rows('DROP FUNCTION end_connection CASCADE'))

  it('then its bytes stay until it is known that they have no row', async () => {
    const answer = await ada.upload({ bytes: await drawPicture() }, { title: 'lost' })
    expect(problem(answer)).toEqual([503, 'database-unavailable'])
    const files = (await medias.stored()).filter((key) => key.startsWith('originals/'))
    const rows = await medias.rows('SELECT store_key FROM blob')
    expect(files).toHaveLength(rows.length + 1)
    await expect(expectFilesAsRows()).rejects.toThrow()

    await settleUnsettled(medias.context)
    await expectFilesAsRows()
  })

  it('then its bytes stay for ever if the commit succeeded', async () => {
    const { unsettled } = medias.context
    const bytes = await drawPicture()
    // What the service does when it does not get the result of the commit.
    const { body } = await ada.upload({ bytes })
    const [blob] = await medias.rows(
      'SELECT id, store_key AS key FROM blob WHERE sha256 = :sha256',
      body.currentVersion,
    )
    unsettled.add(keys.incomingKey({ writer: uuidv7(), id: String(blob?.['id']) }))
    await settleUnsettled(medias.context)
    expect(unsettled.size).toBe(0)
    expect(await medias.stored()).toContain(blob?.['key'])
    await expectFilesAsRows()
  })

  it('then its bytes are settled only after the open transaction has ended', async () => {
    const { unsettled, store } = medias.context
    const id = uuidv7()
    const storeKey = keys.originalKey(id)
    await store.put(storeKey, Buffer.from('bytes'))
    unsettled.add(keys.incomingKey({ writer: uuidv7(), id }))
    let settling: Promise<void> | undefined
    await medias.mediasdb.transaction(async (unit) => {
      await unit.Blob.create({ id, sha256: 'b'.repeat(64), bytes: 5, storeKey })
      settling = settleUnsettled(medias.context)
      await eventually(
        async () => {
          const waiting = await medias.rows(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)
          expect(waiting).toHaveLength(1)
        },
        { limitMs: 60_000 },
      )
    })
    await settling
    expect(await store.stat(storeKey)).toEqual({ bytes: 5 })
    await medias.rows('DELETE FROM blob WHERE id = :id', { id })
    await store.delete(storeKey)
  })
})

describe('When a process does not run for so long that others delete its files', () => {
  it('then its upload fails, and leaves neither a row nor a file', async () => {
    afterCopy = (storeKey) => retireKey(medias.mediasdb, { id: keys.blobIdOf(storeKey), storeKey })
    expect(problem(await ada.upload({ bytes: await drawPicture() }))).toEqual([503, 'store-unavailable'])
    await medias.incomingIsEmpty()
    await expectFilesAsRows()
    expect((await ada.upload({ bytes: await drawPicture() })).status).toBe(201)
  })
})

describe('When uploads run while the store is swept', () => {
  it('then no upload loses its bytes, however long it takes', async () => {
    const other = await medias.startAnother()
    const bytes = Buffer.concat([await drawPicture(), Buffer.alloc(300_000, 7)])
    const body = bodyOf([filePart(await drawPicture()), filePart(bytes)])
    const slow = startSending(body.subarray(0, body.length / 2), body.length)
    // The first file is complete, and the second is unfinished.
    await eventually(async () => expect((await medias.stored()).filter(isUnfinished)).toHaveLength(2), {
      limitMs: 60_000,
    })

    // Two processes die, one after the other, so that twice the time passes after which a process counts as dead.
    for (let died = 0; died < 2; died++) {
      const key = await finished(deadStore(), uuidv7())
      const quick: Promise<Answer>[] = []
      await sweepUntil(async () => {
        quick.push(ada.upload({ bytes: await drawPicture() }))
        // Every file counts as old.
        await sweepStore(other.context, -3_600_000)
        expect(await medias.stored()).not.toContain(key)
      }, other.context)
      expect(quick.length).toBeGreaterThan(3)
      for (const { status } of await Promise.all(quick)) expect(status).toBe(201)
    }

    const { status, results } = await slow.end(body.subarray(body.length / 2))
    expect([status, results.map((result) => result.status)]).toEqual([207, [201, 201]])
    const sent = await ada.fetch(`/media/${results[1]?.media.id}/file`)
    expect(Buffer.from(await sent.arrayBuffer()).equals(bytes)).toBe(true)
    await other.stop()
    await expectFilesAsRows()
  })

  const isUnfinished = (key: string) => key.startsWith('incoming/')

  interface Uploaded {
    status: number
    results: { status: number; media: { id: string } }[]
  }

  /** Sends the beginning of a multipart body. */
  function startSending(beginning: Buffer, length: number): { end(rest: Buffer): Promise<Uploaded> } {
    const sent = request(`${medias.url}/api/v1/media`, {
      method: 'POST',
      headers: { ...multipart, authorization: `Bearer ${ada.token}`, 'content-length': String(length) },
    })
    const answered = once(sent, 'response')
    sent.write(beginning)
    return {
      async end(rest) {
        sent.end(rest)
        const [response] = (await answered) as [IncomingMessage]
        return { status: response.statusCode ?? 0, ...((await json(response)) as Pick<Uploaded, 'results'>) }
      },
    }
  }
})

describe('When a process was killed', () => {
  it('then its unfinished files are deleted, and bytes only if no row references them', async () => {
    const store = deadStore()
    const [unfinished, lost, kept] = [uuidv7(), uuidv7(), uuidv7()]
    const { stream } = await store.openIncoming(unfinished)
    for (const id of [lost, kept]) await store.copy(await finished(store, id), keys.originalKey(id))
    const blob = { id: kept, sha256: 'c'.repeat(64), bytes: 5, storeKey: keys.originalKey(kept) }
    await medias.mediasdb.Blob.create(blob)
    await expect(expectFilesAsRows()).rejects.toThrow()

    await sweepUntil(expectFilesAsRows)
    expect(await store.stat(keys.originalKey(kept))).toEqual({ bytes: 5 })
    const others = (await store.listWriters()).filter(({ heartbeat }) => Number(heartbeat) === 0)
    expect(others).toEqual([])
    stream.destroy()
    await medias.rows('DELETE FROM blob WHERE id = :kept', { kept })
    await store.delete(keys.originalKey(kept))
  })

  it('then renditions without rows are deleted, and others stay', async () => {
    const { body: media } = await ada.upload({ bytes: await drawPicture() })
    await finishVersion(medias, media.id)
    const { sha256 } = media.currentVersion
    const renditions = async () =>
      (await medias.stored()).filter((key) => key.startsWith(keys.renditionPrefix(sha256))).toSorted()
    const before = await renditions()
    const store = deadStore()
    await store.noteRenditions(sha256)
    const without = keys.renditionKey({ sha256, preset: 'tiny', fingerprint: '0', format: 'jpeg' })
    await store.put(without, Buffer.from('x'))
    // A media that was deleted while the worker rendered it.
    const deleted = keys.renditionKey({ sha256: 'd'.repeat(64), preset: 'tiny', fingerprint: '0', format: 'jpeg' })
    await store.noteRenditions('d'.repeat(64))
    await store.put(deleted, Buffer.from('x'))

    await sweepUntil(async () => {
      const stored = await medias.stored()
      expect([without, deleted].filter((key) => stored.includes(key))).toEqual([])
      expect(stored.filter((key) => key.includes('/.partial/'))).toEqual([])
    })
    expect(await renditions()).toEqual(before)
    const [blob] = await medias.rows('SELECT condemnations FROM blob WHERE sha256 = :sha256', { sha256 })
    expect(blob).toEqual({ condemnations: 1 })
  })
})
