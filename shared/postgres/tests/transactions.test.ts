import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { isDatabaseUnavailable } from '@likeness/postgres'
import { eventually } from '@likeness/test-kit'

import { openLibrary, type Library } from './library.ts'

let library: Library
let close: () => Promise<void>
beforeAll(async () => {
  ;({ library, close } = await openLibrary())
})
afterAll(() => close())

const isThere = async (name: string) => (await library.Shelf.count({ where: { name } })) === 1
type Unit = Parameters<Parameters<Library['transaction']>[0]>[0]

/** A promise, and the function that resolves it. */
function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

describe('a transaction', () => {
  it('When its work is done, then models and SQL are committed together, and its result is returned', async () => {
    const id = await library.transaction(async (unit) => {
      const shelf = await unit.Shelf.create({ name: 'committed' })
      await unit.rows(`INSERT INTO book (shelf_id, title) VALUES (:id, 'Emma')`, { id: shelf.id })
      expect(await unit.Book.count({ where: { shelfId: shelf.id } })).toBe(1)
      expect(await isThere('committed')).toBe(false)
      return shelf.id
    })
    expect(await library.Shelf.findByPk(id, { include: ['books'] })).toMatchObject({ books: [{ title: 'Emma' }] })
  })

  it('When its work throws, then nothing is committed, and the error is the same', async () => {
    const reason = new Error('changed my mind')
    const failing = library.transaction(async (unit) => {
      await unit.Shelf.create({ name: 'rolled back' })
      throw reason
    })
    await expect(failing).rejects.toBe(reason)
    expect(await isThere('rolled back')).toBe(false)
  })

  it('When two run at the same time, then each sees its own rows only', async () => {
    const bothWrote = [gate(), gate()] as const
    const work = (own: 0 | 1) =>
      library.transaction(async (unit) => {
        await unit.Shelf.create({ name: `parallel ${own}` })
        bothWrote[own].open()
        await bothWrote[own === 0 ? 1 : 0].opened
        const shelves = await unit.Shelf.findAll({ where: { name: ['parallel 0', 'parallel 1'] } })
        const process = await unit.row<{ pid: number }>('SELECT pg_backend_pid() AS pid')
        if (own === 1) throw new Error('only the first commits')
        return { names: shelves.map(({ name }) => name), pid: process?.pid }
      })
    const [first, second] = await Promise.allSettled([work(0), work(1)])
    expect(first).toMatchObject({ status: 'fulfilled', value: { names: ['parallel 0'] } })
    expect(second).toMatchObject({ status: 'rejected' })
    expect([await isThere('parallel 0'), await isThere('parallel 1')]).toEqual([true, false])
  })
})

describe('a statement that is not awaited', () => {
  it.each([
    ['SQL', (unit: Unit) => unit.rows(`INSERT INTO shelf (name) SELECT 'not awaited' FROM pg_sleep(0.2)`)],
    ['a model', (unit: Unit) => unit.Shelf.create({ name: 'not awaited' })],
  ])('When %s is still running at the end, then the transaction fails and is rolled back', async (_kind, send) => {
    let forgotten: Promise<unknown> | undefined
    const failing = library.transaction(async (unit) => {
      await unit.Shelf.create({ name: 'awaited' })
      forgotten = send(unit)
    })
    await expect(failing).rejects.toThrow(/cannot be committed/)
    await forgotten?.catch(() => undefined)
    expect([await isThere('awaited'), await isThere('not awaited')]).toEqual([false, false])
    await eventually(
      async () => {
        const open = await library.rows(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
        )
        expect(open).toEqual([])
      },
      { limitMs: 60_000 },
    )
  })
})

describe('a unit of work after its end', () => {
  const expectRefused = async (unit: Unit | undefined) => {
    await expect(unit?.rows(`INSERT INTO shelf (name) VALUES ('late')`)).rejects.toThrow(/has ended/)
    await expect(unit?.row('SELECT 1 AS one')).rejects.toThrow(/has ended/)
    await expect(unit?.Shelf.create({ name: 'late' })).rejects.toThrow(/has ended/)
    await expect(unit?.Shelf.findAll()).rejects.toThrow(/has ended/)
    expect(await isThere('late')).toBe(false)
  }

  it('When it was committed, then it rejects statements', async () => {
    let kept: Unit | undefined
    await library.transaction(async (unit) => {
      kept = unit
    })
    await expectRefused(kept)
  })

  it('When it was rolled back, then it rejects statements', async () => {
    let kept: Unit | undefined
    const failing = library.transaction(async (unit) => {
      kept = unit
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await expectRefused(kept)
  })

  it('When the server only reads, like a standby that is not promoted yet, then the database is unavailable', async () => {
    const failed = library.transaction(async (unit) => {
      await unit.rows('SET TRANSACTION READ ONLY')
      await unit.Shelf.create({ name: 'read only' })
    })
    const error: unknown = await failed.catch((reason: unknown) => reason)
    expect(isDatabaseUnavailable(error)).toBe(true)
  })

  it('When its limit was reached, then it rejects statements, and its work cannot commit', async () => {
    let kept: Unit | undefined
    const goOn = gate()
    const late = library.transaction(
      async (unit) => {
        kept = unit
        await unit.Shelf.create({ name: 'too slow' })
        await goOn.opened
      },
      { limitMs: 200 },
    )
    const error: unknown = await late.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ status: 503 })
    expect(isDatabaseUnavailable(error)).toBe(true)
    await expectRefused(kept)
    goOn.open()
    await eventually(
      async () => {
        await library.Shelf.create({ name: 'too slow' })
      },
      { limitMs: 60_000 },
    )
  })
})
