import type { Request } from 'express'
import { z } from 'zod'

import { problems } from '../process/problem.ts'
import { targetOf } from '../process/request-target.ts'
import type { Reply } from './route.ts'

/** The sort orders of a list: the names that clients use, each with its SQL expression, which must not be null. */
export interface ListOrder<Name extends string> {
  columns: Record<Name, string>
  /** The default of `?sort=`, such as `-createdAt`. */
  standard: `${'' | '-'}${Name}`
  /** A unique expression that orders rows with equal sort keys; its name in a row is `id`. */
  tieBreak: string
}

/** A cursor with a title of 300 control characters, escaped and in base64url, has 2,400 characters. */
const CURSOR_CHARACTERS = 4_000

interface SortKey {
  name: string
  expression: string
  descending: boolean
}

/** The query parameters that select a page of a list. */
export const pageBounds = {
  limit: z.coerce
    .number('must be a whole number from 1 to 200')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(200, 'must be at most 200')
    .default(50)
    .describe('Maximum number of entries in the page, from 1 to 200.'),
  after: z
    .string()
    .max(CURSOR_CHARACTERS)
    .optional()
    .describe('A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.'),
}

/** The query parameters of every list. Keyset pages stay stable while rows are inserted. */
export function pageQuery<Name extends string>(
  order: Pick<ListOrder<Name>, 'standard'> & { columns: Record<Name, unknown> },
) {
  return z.object({
    ...pageBounds,
    sort: z
      .string()
      .max(200)
      .default(order.standard)
      .refine((sort) => sort.split(',').every((name) => Object.hasOwn(order.columns, name.replace(/^-/, ''))), {
        message: `must be one or more of ${Object.keys(order.columns).join(', ')}, separated by commas; a leading - sorts in descending order`,
      })
      .refine(
        (sort) => isEachOnce(sort.split(',').map((name) => name.replace(/^-/, ''))),
        'must contain each sort key only once',
      )
      .describe(
        `Sort keys, comma-separated: ${Object.keys(order.columns).join(', ')}. A leading - sorts in descending order.`,
      ),
    count: z.enum(['true', 'false']).optional().describe('`true` adds the number of all entries as `page.total`.'),
  })
}

const isEachOnce = (names: string[]) => new Set(names).size === names.length

interface PageRequest {
  limit: number
  after?: string | undefined
  sort: string
  count?: 'true' | 'false' | undefined
}

/** The parts of a list's SQL. The query must select `cursorColumns` and use `where`, `orderBy` and `limit`. */
export interface Keyset {
  cursorColumns: string
  where: string
  orderBy: string
  /** One row more than the page, to find out whether there is another page. */
  limit: number
  values: Record<string, string>
}

/**
 * The SQL of the requested page: the rows after the cursor by `(sort keys, id)`. The last page costs as much as the
 * first.
 *
 * @throws {Problem} 422 for a cursor of another list or another sort order
 */
export function keyset<Name extends string>(order: ListOrder<Name>, request: PageRequest): Keyset {
  const keys = sortKeys(order, request.sort)
  const cursor = request.after === undefined ? undefined : readCursor(request.after, request.sort, keys.length)
  return {
    cursorColumns: keys.map(({ expression }, index) => `(${expression})::text AS cursor_${index}`).join(', '),
    where: cursor ? afterCursor(keys) : 'true',
    orderBy: keys.map(({ expression, descending }) => `${expression} ${descending ? 'DESC' : 'ASC'}`).join(', '),
    limit: request.limit + 1,
    values: Object.fromEntries((cursor ?? []).map((value, index) => [`cursor${index}`, value])),
  }
}

/**
 * The reply of a list.
 *
 * @param rows as `keyset` selected them: one more than the limit if there is another page
 * @param total the number of all rows; called only for `?count=true`
 */
export async function page<Row extends object, Item>(
  http: { request: Request },
  request: PageRequest,
  rows: Row[],
  present: (rows: Row[]) => NoInfer<Item>[] | Promise<NoInfer<Item>[]>,
  total: () => Promise<number>,
): Promise<Reply<200, Page<Item>>> {
  const shown = rows.slice(0, request.limit)
  const last = shown.at(-1)
  const next = rows.length > request.limit && last ? writeCursor(request.sort, last) : null
  const body = {
    data: await present(shown),
    page: { limit: request.limit, next, ...(request.count === 'true' ? { total: await total() } : {}) },
  }
  return { status: 200, body, headers: linkToNext(http.request, next) }
}

const pageSchema = z
  .object({
    limit: z.int().min(0).describe('Maximum number of entries in this page.'),
    next: z.string().nullable().describe('Cursor of the next page: send it as `after`. Null on the last page.'),
    total: z.int().min(0).optional().describe('Number of all entries of the list. Only with `count=true`.'),
  })
  .meta({ id: 'PageInfo', description: 'The position of a page in its list.' })

const pages = new WeakMap<z.ZodType, z.ZodType>()

/** The schema of a page of a list. Its name is the name of the entries and `Page`, such as `UserPage`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  const known = pages.get(item)
  if (known) return known as typeof schema
  const name = z.globalRegistry.get(item)?.id
  const schema = z
    .object({ data: z.array(item).describe('The entries of this page, in the order of the list.'), page: pageSchema })
    .meta({ ...(name === undefined ? {} : { id: `${name}Page` }), description: 'A page of the list.' })
  pages.set(item, schema)
  return schema
}

interface Page<Item> {
  data: Item[]
  page: z.input<typeof pageSchema>
}

function sortKeys<Name extends string>(order: ListOrder<Name>, sort: string): SortKey[] {
  const keys = sort.split(',').map((name) => {
    const plain = name.replace(/^-/, '') as Name
    return { name: plain, expression: order.columns[plain], descending: name.startsWith('-') }
  })
  return [...keys, { name: 'id', expression: order.tieBreak, descending: keys[0]?.descending ?? false }]
}

/**
 * The condition that `(a, b, id)` comes after the cursor. With a single direction, it is a row comparison, for which
 * PostgreSQL uses an index. With mixed directions, the comparison is written out, after a bound on the first key. Without
 * the bound, PostgreSQL would read the index from its beginning.
 */
function afterCursor(keys: SortKey[]): string {
  const alike = keys.every(({ descending }) => descending === keys[0]?.descending)
  if (alike) {
    const comparison = keys[0]?.descending ? '<' : '>'
    const values = keys.map((_key, index) => `:cursor${index}`).join(', ')
    return `(${keys.map(({ expression }) => expression).join(', ')}) ${comparison} (${values})`
  }
  const branches = keys.map(({ expression, descending }, index) => {
    const equal = keys.slice(0, index).map((key, before) => `${key.expression} = :cursor${before}`)
    return [...equal, `${expression} ${descending ? '<' : '>'} :cursor${index}`].join(' AND ')
  })
  const bound = `${keys[0]?.expression} ${keys[0]?.descending ? '<=' : '>='} :cursor0`
  return `${bound} AND (${branches.map((branch) => `(${branch})`).join(' OR ')})`
}

function writeCursor(sort: string, row: object): string {
  const values = Object.entries(row)
    .filter(([name]) => name.startsWith('cursor_'))
    .sort(([a], [b]) => Number(a.slice(7)) - Number(b.slice(7)))
    .map(([, value]) => value as string)
  return Buffer.from(JSON.stringify([sort, ...values])).toString('base64url')
}

function readCursor(text: string, sort: string, length: number): string[] {
  const wrong = () =>
    problems.invalid([{ path: 'query.after', message: 'is not a cursor of this list and sort order' }])
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    throw wrong()
  }
  const parsed = z.array(z.string()).safeParse(parts)
  if (!parsed.success || parsed.data[0] !== sort || parsed.data.length !== length + 1) throw wrong()
  return parsed.data.slice(1)
}

/** The `Link` header for the page after a cursor (RFC 8288), with the path and the query of this request. */
export function linkToNext(request: Request, next: string | null): Record<string, string> {
  if (next === null) return {}
  const { path, query } = targetOf(request)
  const parameters = new URLSearchParams(query)
  parameters.set('after', next)
  return { Link: `<${path}?${parameters.toString()}>; rel="next"` }
}
