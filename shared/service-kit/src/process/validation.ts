import type { z } from 'zod'

import { createNameAdvice, type NameAdvice } from './unknown-names.ts'

/** A fault of a value: where it is in the value, and a predicate about it, such as `must be text`. */
export interface Fault {
  path: PropertyKey[]
  message: string
}

type Validated<Schema extends z.ZodType> =
  | { success: true; data: z.output<Schema> }
  | { success: false; faults: Fault[] }

/**
 * Parses a value. The messages of the faults come from the schema or from this file. They replace zod's messages, such as
 * "Invalid input: expected string, received undefined".
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): Validated<Schema> {
  const advice = createNameAdvice()
  const error = (issue: Issue): string => {
    advice.note(issue)
    return messageOf(issue)
  }
  const parsed = schema.safeParse(value, { error })
  if (parsed.success) return { success: true, data: parsed.data }
  return { success: false, faults: parsed.error.issues.flatMap((issue) => faultsOf(issue, value, advice)) }
}

/** The message for a field, a parameter or a variable that the schema does not have. Advice can follow it. */
export const UNKNOWN_FIELD = 'is an unknown field'

/** An issue before zod adds a message. An issue with the code `custom` normally has the message of its schema. */
type Issue = z.core.$ZodRawIssue

/** The message for an issue without a message of its schema: a predicate, such as `must be text`. */
export function messageOf(issue: Issue): string {
  if (issue.input === undefined) return required
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${types[issue.expected] ?? 'a value of another type'}`
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map(String))}`
    case 'invalid_format':
      return formatMessage(issue)
    case 'too_small':
      return boundMessage(issue, issue.minimum, issue.inclusive === false ? 'more than' : 'at least')
    case 'too_big':
      return boundMessage(issue, issue.maximum, issue.inclusive === false ? 'less than' : 'at most')
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'unrecognized_keys':
      return `has unknown fields: ${issue.keys.join(', ')}`
    case 'invalid_union':
      return unionMessage(issue)
    case 'invalid_key':
      return `is not a valid name: it ${messagesIn(issue.issues)}`
    case 'invalid_element':
      return `has an item that ${messagesIn(issue.issues)}`
    default:
      return 'is not valid'
  }
}

const required = 'is required'

const types: Partial<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  nan: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  date: 'a date and time',
  null: 'null',
  undefined: 'left out',
  never: 'left out',
  void: 'left out',
  array: 'a list',
  tuple: 'a list',
  set: 'a list',
  object: 'an object',
  record: 'an object',
  map: 'an object',
  file: 'a file',
}

const oneOf = (values: string[]) => (values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`)

const formats: Partial<Record<string, string>> = {
  email: 'an email address',
  url: 'a URL such as https://example.com',
  uuid: 'a UUID',
  guid: 'a UUID',
  datetime: 'a date and time such as 2026-01-31T12:00:00Z',
  date: 'a date such as 2026-01-31',
  time: 'a time of day such as 12:00:00',
  duration: 'a duration such as P3D',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  cidrv4: 'an IPv4 network such as 10.0.0.0/8',
  cidrv6: 'an IPv6 network such as fc00::/7',
  base64: 'base64',
  base64url: 'base64url',
  json_string: 'JSON',
  jwt: 'a JSON Web Token',
  lowercase: 'in lower case',
  uppercase: 'in upper case',
}

function formatMessage(issue: Extract<Issue, { code: 'invalid_format' }>): string {
  const { format } = issue
  if (format === 'regex') return `must match ${issue.pattern}`
  if (format === 'starts_with') return `must start with ${issue['prefix']}`
  if (format === 'ends_with') return `must end with ${issue['suffix']}`
  if (format === 'includes') return `must contain ${issue['includes']}`
  return `must be ${formats[format] ?? `a valid ${format}`}`
}

/** The units of the types that have a size. Numbers and times have a value instead. */
const units: Partial<Record<string, [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
  tuple: ['item', 'items'],
  set: ['item', 'items'],
  map: ['field', 'fields'],
  object: ['field', 'fields'],
  record: ['field', 'fields'],
  file: ['byte', 'bytes'],
}

function boundMessage(
  { code, origin, exact }: Extract<Issue, { code: 'too_small' | 'too_big' }>,
  bound: number | bigint,
  relation: keyof typeof inTime,
): string {
  const unit = units[origin]
  if (unit) {
    if (code === 'too_small' && relation === 'at least' && Number(bound) === 1 && !exact) return 'must not be empty'
    return `must have ${exact ? 'exactly' : relation} ${bound} ${Number(bound) === 1 ? unit[0] : unit[1]}`
  }
  if (origin !== 'date') return `must be ${relation} ${bound}`
  return `must be ${inTime[relation]} ${new Date(Number(bound)).toISOString()}`
}

const inTime = { 'more than': 'after', 'at least': 'at or after', 'less than': 'before', 'at most': 'at or before' }

type Union = Extract<Issue, { code: 'invalid_union' }>

function unionMessage(issue: Union): string {
  const { options } = issue as { options?: unknown[] }
  if (options) return `must be ${oneOf(options.map(String))}`
  const messages = [...new Set(issue.errors.flat().map(({ message }) => message))]
  const others = messages.filter((message) => message.startsWith('must be '))
  if (messages.length === 0 || others.length < messages.length) return messages.join(' or ') || 'is not valid'
  return `must be ${listOf(others.map((message) => message.slice('must be '.length)))}`
}

const listOf = (values: string[]) =>
  values.length < 2 ? `${values[0] ?? ''}` : `${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`

const messagesIn = (issues: { message: string }[]) => issues.map(({ message }) => message).join(', ')

/**
 * The faults of an issue: one for each unknown key; for a union, the faults of the only alternative with a matching type.
 */
function faultsOf(issue: z.core.$ZodIssue, value: unknown, advice: NameAdvice): Fault[] {
  const { path, message } = issue
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: UNKNOWN_FIELD + advice.about(issue, key) }))
  }
  if (issue.code === 'custom') return [{ path, message }]
  const given = valueAt(value, path)
  if (given === undefined) return [{ path, message: required }]
  const isOurs = issue.code === 'invalid_union' && message === unionMessage(issue as Union)
  const inner = isOurs ? fittingAlternative(issue) : undefined
  if (!inner) return [{ path, message }]
  return inner.flatMap((each) => faultsOf({ ...each, path: [...path, ...each.path] }, value, advice))
}

/** The issues of the only alternative of a union that matches the type of the whole value; undefined for several. */
function fittingAlternative(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  const fitting = issue.errors.filter((issues) =>
    issues.every(({ code, path }) => path.length > 0 || !['invalid_type', 'invalid_value'].includes(code)),
  )
  return fitting.length === 1 ? fitting[0] : undefined
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  let at = value
  for (const key of path) at = at === null || at === undefined ? undefined : (at as Record<PropertyKey, unknown>)[key]
  return at
}
