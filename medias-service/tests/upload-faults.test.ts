import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { StoreFullError, StoreUnavailableError } from '@likeness/media-files'
import { eventually, type Answer } from '@likeness/test-kit'

import { HELD, drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { bodyOf, filePart, disconnectAfter } from './raw-requests.ts'

let medias: MediasUnderTest
let ada: Client
/** The next error of the store. */
let failure: Error | undefined
let failsAt: 'openIncoming' | 'copy' | 'delete' = 'openIncoming'

const failing = <Result>(at: typeof failsAt, work: () => Promise<Result>): Promise<Result> => {
  if (at !== failsAt || !failure) return work()
  const error = failure
  failure = undefined
  return Promise.reject(error)
}

beforeAll(async () => {
  medias = await startMedias({
    store: (real) => ({
      ...real,
      openIncoming: (id) => failing('openIncoming', () => real.openIncoming(id)),
      copy: (from, to) => failing('copy', () => real.copy(from, to)),
      delete: (key) => failing('delete', () => real.delete(key)),
    }),
  })
  ada = medias.somebody()
})
afterAll(() => medias?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]
const countMedia = async () => Number((await medias.rows('SELECT count(*) AS count FROM media'))[0]?.['count'])
const originals = async () => (await medias.stored()).filter((key) => key.startsWith('originals/'))

describe('When a client disconnects in the middle of an upload', () => {
  it('then no files are left', async () => {
    const before = await countMedia()
    const whole = bodyOf([filePart(await drawPicture(), 'whole.png')], { isEnded: false })
    const begun = bodyOf([filePart(Buffer.alloc(9_000, 1), 'begun.png')], { isEnded: false })
    const isSeen = () =>
      eventually(
        async () => {
          const kept = await medias.stored()
          expect(kept.filter((key) => key.startsWith('incoming/'))).toHaveLength(2)
        },
        { limitMs: 60_000, everyMs: 10 },
      )
    await disconnectAfter(medias.url, ada, Buffer.concat([whole, begun.subarray(0, -2)]), isSeen)
    await medias.incomingIsEmpty()
    expect(await countMedia()).toBe(before)
  })
})

describe('When a request is repeated with its Idempotency-Key', () => {
  it('then the answer is the same, and the media is created once', async () => {
    const [bytes, other] = [await drawPicture(), await drawPicture()]
    const headers = { 'idempotency-key': 'one' }
    const first = await ada.upload({ bytes }, { title: 'once' }, headers)
    const before = await countMedia()
    const again = await ada.upload({ bytes, name: 'renamed.png' }, { title: 'once' }, headers)
    expect(again.status).toBe(201)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    const reused = [422, 'idempotency-key-reused']
    expect(problem(await ada.upload({ bytes }, { title: 'twice' }, headers))).toEqual(reused)
    expect(problem(await ada.upload({ bytes: other }, { title: 'once' }, headers))).toEqual(reused)
    expect(await countMedia()).toBe(before)
    expect((await medias.somebody().upload({ bytes }, { title: 'once' }, headers)).body.id).not.toBe(first.body.id)
    await medias.incomingIsEmpty()
  })

  it('then the key can be used again after an error', async () => {
    const headers = { 'idempotency-key': 'refused' }
    expect((await ada.upload({ bytes: Buffer.from('no picture') }, {}, headers)).status).toBe(415)
    expect((await ada.upload({ bytes: await drawPicture() }, {}, headers)).status).toBe(201)
  })

  it('then it is rejected while the first request is still running', async () => {
    const bytes = await drawPicture()
    const headers = { 'idempotency-key': 'running' }
    const { mediasdb } = medias.context
    let first: Promise<Answer> | undefined
    await mediasdb.transaction(async (unit) => {
      await unit.rows('LOCK TABLE media IN EXCLUSIVE MODE')
      first = ada.upload({ bytes }, {}, headers)
      await eventually(
        async () => {
          const claims = await medias.rows(`SELECT FROM idempotency_key WHERE key = 'running'`)
          expect(claims).toHaveLength(1)
        },
        { limitMs: 60_000, everyMs: 20 },
      )
      const second = await ada.upload({ bytes }, {}, headers)
      expect(problem(second)).toEqual([409, 'idempotency-key-in-use'])
      expect(second.headers.get('retry-after')).toBe('1')
    }, HELD)
    expect((await first)?.status).toBe(201)
  })
})

describe('When a dependency fails during an upload', () => {
  it('then a failure to write rows leaves no file', async () => {
    const before = await originals()
    await medias.rows('ALTER TABLE outbox ADD CONSTRAINT refuses CHECK (false) NOT VALID')
    const answer = await ada.upload({ bytes: await drawPicture() })
    await medias.rows('ALTER TABLE outbox DROP CONSTRAINT refuses')
    expect(problem(answer)).toEqual([500, 'internal-error'])
    expect(answer.body.detail).not.toMatch(/constraint|refuses/)
    expect(await originals()).toEqual(before)
    await medias.incomingIsEmpty()
  })

  it.each([
    ['openIncoming', new StoreFullError('full'), [507, 'store-full']],
    ['openIncoming', new StoreUnavailableError('away'), [503, 'store-unavailable']],
    ['copy', new StoreFullError('full'), [507, 'store-full']],
  ] as const)('then a failure of the store in %s is returned, and nothing is stored', async (at, error, answered) => {
    const before = [await countMedia(), await originals()]
    failsAt = at
    failure = error
    expect(problem(await ada.upload({ bytes: await drawPicture() }))).toEqual(answered)
    expect([await countMedia(), await originals()]).toEqual(before)
    await medias.incomingIsEmpty()
  })

  it('then an upload of existing bytes succeeds even if the duplicate cannot be deleted', async () => {
    const bytes = await drawPicture()
    await ada.upload({ bytes })
    failsAt = 'delete'
    failure = new StoreUnavailableError('away')
    expect((await ada.upload({ bytes })).status).toBe(201)
  })
})

describe('When an upload reaches its time limit during its commit', () => {
  beforeAll(async () => {
    await medias.rows(
      `CREATE FUNCTION wait_a_while() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN PERFORM pg_sleep(TG_ARGV[0]::double precision); RETURN NULL; END'`,
    )
    // In total more than the 4.7 s of a transaction, and each less than the 4 s of a statement.
    await medias.rows(
      `CREATE TRIGGER slow_insert AFTER INSERT ON media FOR EACH ROW EXECUTE FUNCTION wait_a_while('1.5')`,
    )
    await medias.rows(
      `CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON media DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION wait_a_while('3.5')`,
    )
  })
  afterAll(() => medias.rows('DROP FUNCTION wait_a_while CASCADE'))

  it('then its bytes stay, because the commit may still succeed', async () => {
    const before = await countMedia()
    expect(problem(await ada.upload({ bytes: await drawPicture() }))).toEqual([503, 'database-unavailable'])
    await eventually(async () => expect(await countMedia()).toBe(before + 1), { limitMs: 60_000 })
    const [blob] = await medias.rows('SELECT store_key AS "storeKey" FROM blob ORDER BY created_at DESC LIMIT 1')
    expect(await originals()).toContain(blob?.['storeKey'])
  })
})
