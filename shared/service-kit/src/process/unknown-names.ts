import leven from 'leven'
import { z } from 'zod'

/** What to do instead of sending a field that a schema does not have, by the name of the field. */
export const elsewhere = z.registry<Record<string, string>>()

/** Advice about fields and parameters that a schema does not have. */
export interface NameAdvice {
  /** Remembers which names the schema of an issue has. */
  note(issue: z.core.$ZodRawIssue): void
  /** `; did you mean title?`, or what to do instead; empty if there is no advice. */
  about(issue: z.core.$ZodIssueUnrecognizedKeys, name: string): string
}

/** A body can have thousands of unknown fields, and each comparison takes time. */
const MAX_COMPARED = 20
const MAX_CHARACTERS = 100
/** The part of its letters that a name can differ in and still be near: `createdBefore` and `createdAfter` differ in 5 of 13. */
const MAX_DIFFERENCE = 0.39

/** Collects the names of the schemas of one validation. */
export function createNameAdvice(): NameAdvice {
  // An issue and the fault that is made from it have the same list of keys.
  const schemas = new WeakMap<string[], z.core.$ZodType>()
  let compared = 0
  return {
    note(issue) {
      if (issue.code === 'unrecognized_keys' && issue.inst) schemas.set(issue.keys, issue.inst as z.core.$ZodType)
    },
    about({ keys }, name) {
      const schema = schemas.get(keys)
      if (!schema || name.length > MAX_CHARACTERS || compared >= MAX_COMPARED) return ''
      compared += 1
      const instead = elsewhere.get(schema)
      if (instead && Object.hasOwn(instead, name)) return `; ${instead[name]}`
      const nearest = nearestName(name, namesOf(schema))
      return nearest === undefined ? '' : `; did you mean ${nearest}?`
    },
  }
}

const namesOf = (schema: z.core.$ZodType): string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape as Record<string, unknown>) : []

/** The known name that is most like a name, ignoring case, hyphens and underscores; undefined if none is near. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const letters = lettersOf(name)
  const compare = (other: string) => {
    const others = lettersOf(other)
    const edits = isSameLetters(letters, others) ? 1 : leven(letters, others)
    return { name: other, difference: edits / Math.max(letters.length, others.length, 1) }
  }
  const [nearest] = known.map(compare).toSorted((one, other) => one.difference - other.difference)
  return nearest && nearest.difference <= MAX_DIFFERENCE ? nearest.name : undefined
}

/** Swapped letters, as in `nmae`, are the most usual mistake, and count as one. */
const isSameLetters = (one: string, other: string): boolean =>
  one.length === other.length && [...one].toSorted().join('') === [...other].toSorted().join('')

const lettersOf = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '')
