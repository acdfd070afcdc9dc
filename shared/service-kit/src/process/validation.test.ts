import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { messageOf, validate } from './validation.ts'

/** `path message` of each fault. */
function faultsOf(schema: z.ZodType, value: unknown): string[] {
  const validated = validate(schema, value)
  return validated.success ? [] : validated.faults.map(({ path, message }) => [...path.map(String), message].join(' '))
}

const inField = (field: z.ZodType) => z.strictObject({ field })

describe('When a field is wrong and its schema has no message', () => {
  const at = '2026-01-31T12:00:00.000Z'
  it.each<[string, z.ZodType, unknown, string]>([
    ['a missing string', z.string(), undefined, 'is required'],
    ['a missing option', z.enum(['a', 'b']), undefined, 'is required'],
    ['a missing list', z.array(z.string()), undefined, 'is required'],
    ['a missing union', z.union([z.string(), z.number()]), undefined, 'is required'],
    ['null', z.string(), null, 'must be text'],
    ['a number', z.string(), 1, 'must be text'],
    ['a string', z.number(), '1', 'must be a number'],
    ['no number in a query', z.coerce.number(), 'x', 'must be a number'],
    ['an infinite number', z.number(), Infinity, 'must be a number'],
    ['a fraction', z.int(), 1.5, 'must be a whole number'],
    ['a fraction by a check', z.number().int(), 1.5, 'must be a whole number'],
    ['a number that is not exact', z.int(), 2 ** 60, 'must be at most 9007199254740991'],
    ['a word', z.boolean(), 'yes', 'must be true or false'],
    ['no date', z.date(), 'x', 'must be a date and time'],
    ['an array', z.object({}), [], 'must be an object'],
    ['an array', z.record(z.string(), z.string()), [], 'must be an object'],
    ['an object', z.array(z.string()), {}, 'must be a list'],
    ['something', z.never(), 1, 'must be left out'],
    ['a bigint', z.bigint(), 1, 'must be a whole number'],
    ['an unknown type', z.symbol(), 1, 'must be a value of another type'],

    ['a value', z.literal('x'), 'y', 'must be x'],
    ['an option', z.enum(['ready', 'failed']), 'lost', 'must be one of ready, failed'],

    ['an empty string', z.string().min(1), '', 'must not be empty'],
    ['a short string', z.string().min(3), 'a', 'must have at least 3 characters'],
    ['a long string', z.string().max(1), 'ab', 'must have at most 1 character'],
    ['another length', z.string().length(2), 'abc', 'must have exactly 2 characters'],
    ['another length', z.string().length(1), '', 'must have exactly 1 character'],
    ['an empty list', z.array(z.string()).min(1), [], 'must not be empty'],
    ['a short list', z.array(z.string()).min(2), ['a'], 'must have at least 2 items'],
    ['a long list', z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 item'],
    ['a tuple', z.tuple([z.string()]), ['a', 'b'], 'must have at most 1 item'],
    ['a small number', z.number().min(1), 0, 'must be at least 1'],
    ['a large number', z.number().max(1), 2, 'must be at most 1'],
    ['a number on the bound', z.number().positive(), 0, 'must be more than 0'],
    ['a number on the bound', z.number().lt(5), 5, 'must be less than 5'],
    ['an early time', z.date().min(new Date(at)), new Date(0), `must be at or after ${at}`],
    ['a late time', z.date().max(new Date(0)), new Date(at), 'must be at or before 1970-01-01T00:00:00.000Z'],
    ['no multiple', z.number().multipleOf(5), 7, 'must be a multiple of 5'],

    ['an address', z.email(), 'ada', 'must be an email address'],
    ['a URL', z.url(), 'x', 'must be a URL such as https://example.com'],
    ['a UUID', z.uuid(), 'x', 'must be a UUID'],
    ['a time', z.iso.datetime(), 'x', 'must be a date and time such as 2026-01-31T12:00:00Z'],
    ['a date', z.iso.date(), '2026-02-30', 'must be a date such as 2026-01-31'],
    ['an IPv4 address', z.ipv4(), 'x', 'must be an IPv4 address'],
    ['base64', z.base64(), '-', 'must be base64'],
    ['a pattern', z.string().regex(/^a+$/), 'b', 'must match /^a+$/'],
    ['a beginning', z.string().startsWith('a'), 'b', 'must start with a'],
    ['an end', z.string().endsWith('a'), 'b', 'must end with a'],
    ['a part', z.string().includes('a'), 'b', 'must contain a'],
    ['lower case', z.string().lowercase(), 'A', 'must be in lower case'],
    ['another format', z.cuid2(), '-', 'must be a valid cuid2'],

    ['no alternative', z.union([z.string(), z.number(), z.null()]), true, 'must be text, a number or null'],
    ['two alternatives', z.union([z.int().max(1), z.int().min(5)]), 3, 'must be at most 1 or at least 5'],
    [
      'several',
      z.union([z.string().max(1), z.string().startsWith('b')]),
      'ab',
      'must have at most 1 character or must start with b',
    ],
    ['a custom check', z.string().refine(() => false), 'x', 'is not valid'],
  ])('then the message about %s is plain English (%#)', (_what, schema, value, message) => {
    expect(faultsOf(inField(schema), { field: value })).toEqual([`field ${message}`])
  })

  it('then a union with one alternative of the right type reports the faults in this alternative', () => {
    const tags = z.union([z.string().max(3), z.array(z.string().max(3))])

    expect(faultsOf(inField(tags), { field: 'long' })).toEqual(['field must have at most 3 characters'])
    expect(faultsOf(inField(tags), { field: ['a', 'long', 1] })).toEqual([
      'field 1 must have at most 3 characters',
      'field 2 must be text',
    ])
  })

  it('then a discriminated union reports the kinds, or that the kind is missing', () => {
    const shape = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('circle'), radius: z.number() }),
      z.object({ kind: z.literal('square') }),
    ])

    expect(faultsOf(shape, { kind: 'line' })).toEqual(['kind must be one of circle, square'])
    expect(faultsOf(shape, {})).toEqual(['kind is required'])
    expect(faultsOf(shape, { kind: 'circle' })).toEqual(['radius is required'])
  })

  it('then each unknown field is a separate fault', () => {
    expect(faultsOf(inField(z.string()), { field: 'x', feild: 1, other: 2 })).toEqual([
      'feild is an unknown field; did you mean field?',
      'other is an unknown field',
    ])
  })

  it('then the name of a field in a record and an item of a map are reported with their fault', () => {
    expect(faultsOf(z.record(z.string().max(2), z.string()), { long: '' })).toEqual([
      'long is not a valid name: it must have at most 2 characters',
    ])
    expect(faultsOf(z.map(z.object({}), z.string()), new Map([[{}, 1]]))).toEqual(['has an item that must be text'])
  })
})

describe('When a schema has a message', () => {
  it('then this message is used', () => {
    const schema = inField(z.string('must be a word').min(3, 'must be longer'))

    expect(faultsOf(schema, { field: 1 })).toEqual(['field must be a word'])
    expect(faultsOf(schema, { field: 'a' })).toEqual(['field must be longer'])
  })

  it('then the message of a union is used', () => {
    const sizes = z.union([z.array(z.number()), z.number()], 'must be one size or several')

    expect(faultsOf(inField(sizes), { field: [1, 'x'] })).toEqual(['field must be one size or several'])
  })

  it('then a missing field is still reported as required, unless a check of the whole object has another message', () => {
    expect(faultsOf(inField(z.string('must be a word')), {})).toEqual(['field is required'])

    const both = z.object({ a: z.string().optional() }).refine(() => false, { path: ['a'], message: 'goes with b' })
    expect(faultsOf(both, {})).toEqual(['a goes with b'])
  })
})

/** A value that each code of zod rejects. The compiler reports a code that a new version of zod adds. */
const rejected: Record<z.core.$ZodIssue['code'], [schema: z.ZodType, value: unknown]> = {
  invalid_type: [z.string(), 1],
  too_big: [z.array(z.string()).max(1), ['a', 'b']],
  too_small: [z.number().min(1), 0],
  invalid_format: [z.email(), 'x'],
  not_multiple_of: [z.number().multipleOf(5), 7],
  unrecognized_keys: [z.strictObject({}), { other: 1 }],
  invalid_union: [z.union([z.string(), z.number()]), true],
  invalid_key: [z.record(z.string().max(2), z.string()), { long: '' }],
  invalid_element: [z.map(z.object({}), z.string()), new Map([[{}, 1]])],
  invalid_value: [z.enum(['a', 'b']), 'c'],
  custom: [z.string().refine(() => false), 'x'],
}

describe('When zod finds a fault', () => {
  it.each(Object.entries(rejected))('then no text of zod reaches the client: %s', (code, [schema, value]) => {
    const own = schema.safeParse(value)
    expect(own.error?.issues[0]?.code).toBe(code)

    const faults = faultsOf(inField(schema), { field: value })
    expect(faults.length).toBeGreaterThan(0)
    for (const fault of faults) {
      expect(fault).toMatch(/^field( \S+)* (must|is|has) /)
      expect(fault).not.toContain(own.error?.issues[0]?.message)
      expect(fault).not.toMatch(/invalid|expected|received|unrecognized|too (big|small)|undefined|NaN/i)
    }
  })

  it('then a code that this build does not know also has a message of our own', () => {
    const issue = { code: 'something_new', input: 1 } as unknown as z.core.$ZodRawIssue
    expect(messageOf(issue)).toBe('is not valid')
  })

  it('then a message that a schema computes and leaves out falls back to ours, not to that of zod', () => {
    expect(faultsOf(inField(z.string({ error: () => undefined })), { field: 1 })).toEqual(['field must be text'])
  })
})
