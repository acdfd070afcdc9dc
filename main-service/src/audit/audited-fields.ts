type AuditedFields = Record<string, unknown>

interface Sides {
  before: AuditedFields | null
  after: AuditedFields | null
}

/** A part of a value, and the length of the whole value. A class, so that it cannot be confused with a value. */
class Shortened {
  readonly truncated: unknown
  readonly length: number

  constructor(truncated: unknown, length: number) {
    this.truncated = truncated
    this.length = length
  }
}

/**
 * Maximum bytes of one side of an entry as JSON, without lists. An entry is kept for a year and the service cannot delete
 * it, so a user who changes a long profile again and again must not fill the disk.
 */
const SIDE_BYTES = 4_000
/** Maximum bytes of a text as JSON. If the side is still too long, the next limit applies to all of its texts. */
const TEXT_BYTES = [1_000, 250, 60]
/** A longer list keeps only the items that differ. */
const LIST_BYTES = 1_000

/**
 * The fields that differ, and of an object the keys that differ; all fields if there is only one side. Long values are
 * replaced by `{ truncated, length }`: the beginning of a text, the differing items of a list, or the names of the keys of
 * an object, and the length of the whole value.
 *
 * Differing items of lists are never dropped: a list is a list of roles or permissions, and otherwise a grant could be
 * hidden behind many others.
 *
 * @returns undefined if both sides are equal, except for `updatedAt`: an entry has its own time
 */
export function auditedFields(before: object | undefined, after: object | undefined): Sides | undefined {
  if (!before || !after) return { before: before ? bounded(before) : null, after: after ? bounded(after) : null }
  const sides = [differing(before, after), differing(after, before)] as const
  if (sides.every((side) => Object.keys(side).length === 0)) return undefined
  return { before: bounded(sides[0]), after: bounded(sides[1]) }
}

function differing(one: object, other: object): AuditedFields {
  const others = other as AuditedFields
  return Object.fromEntries(
    Object.entries(one)
      .filter(([name, value]) => name !== 'updatedAt' && !isSame(value, others[name]))
      .map(([name, value]) => [name, differingPart(value, others[name])]),
  )
}

function differingPart(value: unknown, other: unknown): unknown {
  if (isRecord(value) && isRecord(other)) {
    return Object.fromEntries(Object.entries(value).filter(([key, inner]) => !isSame(inner, other[key])))
  }
  if (Array.isArray(value) && Array.isArray(other) && Math.max(bytesOf(value), bytesOf(other)) > LIST_BYTES) {
    const others = new Set(other.map((item) => JSON.stringify(item)))
    const differingItems = value.filter((item) => !others.has(JSON.stringify(item)))
    return new Shortened(differingItems, value.length)
  }
  return value
}

function bounded(fields: object): AuditedFields {
  let short = {}
  for (const limit of TEXT_BYTES) {
    short = withShortTexts(fields, limit)
    if (bytesOf(withoutLists(short)) <= SIDE_BYTES) return short
  }
  return mapped(short, (value) => (isRecord(value) ? namesOf(value) : value))
}

function withShortTexts(fields: object, limit: number): AuditedFields {
  return mapped(fields, (value) => {
    if (isRecord(value)) return withShortTexts(value, limit)
    const isLong = typeof value === 'string' && bytesOf(value) > limit
    return isLong ? new Shortened(startOf(value, limit), value.length) : value
  })
}

/** The beginning of a text, with at most `limit` bytes as JSON. */
function startOf(text: string, limit: number): string {
  let start = text
  for (let bytes = bytesOf(start); bytes > limit; bytes = bytesOf(start)) {
    // PostgreSQL rejects half of a surrogate pair.
    start = start.slice(0, Math.floor((start.length * limit) / bytes)).replace(/[\uD800-\uDBFF]$/, '')
  }
  return start
}

const withoutLists = (fields: AuditedFields) =>
  JSON.parse(JSON.stringify(fields, (_key, value: unknown) => (Array.isArray(value) ? undefined : value))) as unknown

const namesOf = (value: AuditedFields) => new Shortened(Object.keys(value), Object.keys(value).length)

const mapped = (fields: object, map: (value: unknown) => unknown): AuditedFields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, map(value)]))

const isRecord = (value: unknown): value is AuditedFields =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !(value instanceof Shortened)

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
