import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { elsewhere } from './unknown-names.ts'
import { validate } from './validation.ts'

/** `path message` of each fault. */
function faultsOf(schema: z.ZodType, value: unknown): string[] {
  const validated = validate(schema, value)
  return validated.success ? [] : validated.faults.map(({ path, message }) => [...path.map(String), message].join(' '))
}

const filters = z.strictObject({
  createdAfter: z.string().optional(),
  status: z.string().optional(),
  owner: z.string().optional(),
  tag: z.string().optional(),
  q: z.string().optional(),
})

describe('When a request has a name that its schema does not have', () => {
  it.each([
    ['createdBefore', 'createdAfter'],
    ['created_after', 'createdAfter'],
    ['Status', 'status'],
    ['stauts', 'status'],
    ['tags', 'tag'],
    ['ownr', 'owner'],
  ])('then for %s, the nearest known name is %s', (sent, nearest) => {
    expect(faultsOf(filters, { [sent]: 'x' })).toEqual([`${sent} is an unknown field; did you mean ${nearest}?`])
  })

  it.each(['order', 'before', 'page', 'x', 'constructor', 'a'.repeat(101)])(
    'then for %s, which is like no known name, there is no advice',
    (sent) => {
      expect(faultsOf(filters, { [sent]: 'x' })).toEqual([`${sent} is an unknown field`])
    },
  )

  it('then advice is also given inside lists, in unions, and for schemas with a check of the whole object', () => {
    const people = z.strictObject({ people: z.array(z.strictObject({ name: z.string() })) })
    expect(faultsOf(people, { people: [{ name: 'Ada', nmae: 1 }] })).toEqual([
      'people 0 nmae is an unknown field; did you mean name?',
    ])
    expect(faultsOf(z.union([z.string(), filters]), { stat: 'x' })).toEqual([
      'stat is an unknown field; did you mean status?',
    ])
    expect(
      faultsOf(
        filters.refine(() => true),
        { stat: 'x' },
      ),
    ).toEqual(['stat is an unknown field; did you mean status?'])
  })

  it('then a schema can say where the field belongs, also after a description was added to it', () => {
    const changes = z
      .strictObject({ title: z.string().optional() })
      .register(elsewhere, { tags: 'set the tags with PUT /media/{id}/tags' })

    for (const schema of [changes, changes.describe('The changes.')]) {
      expect(faultsOf(schema, { tags: [] })).toEqual([
        'tags is an unknown field; set the tags with PUT /media/{id}/tags',
      ])
    }
  })

  it('then only the first of many unknown names are compared, so that a large body takes no longer', () => {
    const faults = faultsOf(filters, Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`stat${index}`, 1])))

    expect(faults).toHaveLength(60)
    expect(faults.filter((fault) => fault.includes('did you mean'))).toHaveLength(20)
  })
})
