import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { now, violatedConstraint } from '@likeness/postgres'
import pg from 'pg'

import { openLibrary, type Library } from './library.ts'

let library: Library
let close: () => Promise<void>
beforeAll(async () => {
  ;({ library, close } = await openLibrary())
})
afterAll(() => close())

let shelves = 0
const addShelf = () => library.Shelf.create({ name: `shelf ${++shelves}` })

const awkward = [`o'Brien "x"; DROP TABLE book; --`, ':title and ::text', '$1 $2 ?', '\\', `E'\\x00'`, '%_', '{a,"b"}']

describe('hand-written SQL', () => {
  it.each(awkward)('When a value is %j, then PostgreSQL receives it unchanged', async (title) => {
    const values = { title, titles: [title, 'other'], facts: JSON.stringify({ title }) }
    const row = await library.row(
      `SELECT :title::text AS title, :title = ANY(:titles::text[]) AS "isListed", :facts::jsonb AS facts`,
      values,
    )
    expect(row).toEqual({ title, isListed: true, facts: { title } })
  })

  it('When a name has no value, then the statement is not sent', async () => {
    await expect(library.rows('SELECT :one::text, :other::text', { one: 'a' })).rejects.toThrow(/no value for :other/)
  })

  it('When nothing is found, then row is undefined; a bigint is a number and a time a Date', async () => {
    expect(await library.row('SELECT id FROM shelf WHERE id = :id', { id: -1 })).toBeUndefined()
    expect(await library.row(`SELECT 5000000000 AS big, timestamptz '2030-01-01Z' AS at`)).toEqual({
      big: 5_000_000_000,
      at: new Date('2030-01-01T00:00:00Z'),
    })
  })
})

describe('models', () => {
  it.each(awkward)(
    'When a value is %j, then rows with it can be written, found, changed and deleted',
    async (title) => {
      const { id: shelfId } = await addShelf()
      const book = await library.Book.create({ shelfId, title, words: [title], facts: { title } })
      expect(book).toMatchObject({ title, words: [title], facts: { title } })
      await library.Book.bulkCreate([{ shelfId, title, words: [title], facts: { title } }])
      const found = await library.Book.findAll({ where: { shelfId, title: [title, 'other'] }, order: ['id'] })
      expect(found).toHaveLength(2)
      expect(found[1]).toMatchObject({ title, words: [title], facts: { title } })
      expect(await library.Book.update({ title: `${title}!` }, { where: { shelfId, title } })).toBe(2)
      expect(await library.Book.destroy({ where: { title: `${title}!` } })).toBe(2)
    },
  )

  it('When a row is written, then PostgreSQL fills in the defaults, and the row is plain', async () => {
    const { id: shelfId } = await addShelf()
    const book = await library.Book.create({ shelfId, title: 'Emma' })
    expect(Object.getPrototypeOf(book)).toBe(Object.prototype)
    expect(book).toEqual({
      id: expect.any(Number),
      shelfId,
      title: 'Emma',
      words: [],
      facts: null,
      lentAt: null,
      createdAt: expect.any(Date),
    })
    expect(book.createdAt.getFullYear()).toBeGreaterThan(2000)
  })

  it('When an association is included, then its rows are returned in the requested order', async () => {
    const { id } = await addShelf()
    await library.Book.bulkCreate(['Persuasion', 'Emma'].map((title) => ({ shelfId: id, title })))
    const order: [string, string, string][] = [['books', 'title', 'ASC']]
    const shelf = await library.Shelf.findByPk(id, { include: ['books'], order })
    expect(shelf?.books.map(({ title }) => title)).toEqual(['Emma', 'Persuasion'])
    expect(await library.Book.count({ where: { shelfId: id } })).toBe(2)
    expect(await library.Shelf.findByPk(-1, { include: ['books'] })).toBeUndefined()
    expect(await library.Shelf.findOne({ where: { name: 'none' } })).toBeUndefined()
  })

  it('When a row changes, then PostgreSQL writes the times', async () => {
    const { id, updatedAt } = await addShelf()
    // Times have milliseconds, and both statements can run in the same one.
    await library.rows('SELECT pg_sleep(0.002)')
    await library.Shelf.update({ name: 'renamed' }, { where: { id } })
    const renamed = await library.Shelf.findByPk(id)
    expect(renamed?.updatedAt.getTime()).toBeGreaterThan(updatedAt.getTime())
    const { id: bookId } = await library.Book.create({ shelfId: id, title: 'Emma' })
    const [lent] = await library.transaction(async (unit) => {
      await unit.Book.update({ lentAt: now }, { where: { id: bookId } })
      return unit.rows('SELECT lent_at = now()::timestamptz(3) AS "isNow" FROM book WHERE id = :bookId', { bookId })
    })
    expect(lent).toEqual({ isNow: true })
  })

  it('When rows already exist, then they are rejected, or ignored if requested', async () => {
    const { id, name } = await addShelf()
    await expect(library.Shelf.bulkCreate([{ name }])).rejects.toThrow()
    await library.Shelf.bulkCreate([{ name }], { ignoreDuplicates: true })
    expect(await library.Shelf.findAll({ where: { name } })).toMatchObject([{ id }])
  })
})

describe('conditions', () => {
  it('When a condition contains no value, then no row is changed or deleted', async () => {
    const { id } = await addShelf()
    const nothing = [{}, { id: undefined }, { id: undefined, name: undefined }] as unknown as { id: number }[]
    for (const where of nothing) {
      await expect(library.Shelf.update({ name: 'all of them' }, { where })).rejects.toThrow(/every row/)
      await expect(library.Shelf.destroy({ where })).rejects.toThrow(/every row/)
    }
    expect(await library.Shelf.findByPk(id)).toBeDefined()
    expect(await library.Shelf.count({ where: { name: 'all of them' } })).toBe(0)
  })

  it('When one of several values is undefined, then the statement is not sent', async () => {
    const { id, name } = await addShelf()
    const where = { id: undefined, name } as unknown as { id: number; name: string }
    await expect(library.Shelf.destroy({ where })).rejects.toThrow(/undefined/)
    expect(await library.Shelf.findByPk(id)).toBeDefined()
  })

  it('When a condition is not an equality of a column, then it does not compile', () => {
    // The functions are never called. The test is that the compiler reports the expected errors.
    // @ts-expect-error -- an unknown operator
    void (() => library.Shelf.findAll({ where: { name: { anything: 1 } } }))
    // @ts-expect-error -- another type
    void (() => library.Shelf.destroy({ where: { id: 'one' } }))
    // @ts-expect-error -- an unknown column
    void (() => library.Shelf.update({ name: 'a' }, { where: { title: 'a' } }))
    // @ts-expect-error -- JSON
    void (() => library.Book.count({ where: { facts: { title: 'a' } } }))
    expect.assertions(0)
  })
})

describe('errors', () => {
  const violations = (where: Pick<Library, 'Shelf' | 'Book' | 'rows'>, shelf: { id: number; name: string }) =>
    [
      ['23505', 'shelf_name_key', () => where.Shelf.create({ name: shelf.name })],
      ['23505', 'shelf_name_key', () => where.Shelf.bulkCreate([{ name: shelf.name }])],
      ['23505', 'shelf_name_key', () => where.rows('INSERT INTO shelf (name) VALUES (:name)', { name: shelf.name })],
      ['23503', 'book_shelf', () => where.Book.create({ shelfId: -1, title: 'Emma' })],
      ['23503', 'book_shelf', () => where.rows(`INSERT INTO book (shelf_id, title) VALUES (-1, 'Emma')`)],
      ['23514', 'book_title_check', () => where.Book.create({ shelfId: shelf.id, title: '' })],
      ['23502', undefined, () => where.Book.create({ shelfId: shelf.id, title: null as never })],
    ] as const

  it('When a constraint is violated, by a model or by SQL, then the error is PostgreSQL’s own', async () => {
    const shelf = await addShelf()
    for (const [code, constraint, violate] of violations(library, shelf)) {
      const error = await violate().then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(pg.DatabaseError)
      expect(error).toMatchObject({ code, constraint })
      expect(violatedConstraint(error)).toBe(code === '23505' ? constraint : undefined)
      expect(violatedConstraint(error, '23503')).toBe(code === '23503' ? constraint : undefined)
    }
  })

  it('When a constraint is violated inside a transaction, then the error is the same, and nothing is committed', async () => {
    const shelf = await addShelf()
    const names = violations(library, shelf).map((_violation, index) => `before violation ${index}`)
    for (const [index, name] of names.entries()) {
      const [code, constraint] = violations(library, shelf)[index] ?? []
      const failing = library.transaction(async (unit) => {
        await unit.Shelf.create({ name })
        await violations(unit, shelf)[index]?.[2]()
      })
      await expect(failing).rejects.toMatchObject({ code, constraint })
    }
    expect(await library.Shelf.count({ where: { name: names } })).toBe(0)
  })
})
