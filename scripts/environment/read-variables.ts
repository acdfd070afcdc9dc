import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { validate } from '@likeness/service-kit/process'
import { z } from 'zod'

export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** A variable of a deployable, as its schema describes it. */
export interface Variable {
  name: string
  meaning: string
  /** The default as written in `.env`; empty without one. */
  standard: string
  /** The accepted values; empty for any text. */
  allowed: string
}

/** The part of a zod schema that this script reads. */
interface Field extends z.ZodType {
  def: z.ZodType['def'] & { innerType?: Field; in?: Field; defaultValue?: unknown }
}

/**
 * Reads the variables of a deployable from the schema in its `src/env.ts`. The file is imported by its path at run time,
 * because no package may import a service.
 */
export async function readVariables(deployable: string): Promise<Variable[]> {
  const file = pathToFileURL(join(repository, deployable, 'src', 'env.ts')).href
  const { environmentSchema } = (await import(file)) as { environmentSchema: { shape: Record<string, Field> } }
  return Object.entries(environmentSchema.shape).map(([name, field]) => {
    if (!field.description) throw new Error(`${deployable}: ${name} has no description`)
    const standard = relativeTo(deployable, String(defaultOf(field) ?? ''))
    return { name, meaning: field.description, standard, allowed: allowedBy(field) }
  })
}

/** The default of a variable as written in `.env`, before any transformation. */
function defaultOf(field: Field): unknown {
  const { defaultValue, innerType, in: before } = field.def
  if (defaultValue !== undefined) return defaultValue
  const inner = innerType ?? before
  return inner && defaultOf(inner)
}

/** Relative paths: a deployable runs in its own folder. */
function relativeTo(deployable: string, standard: string): string {
  const own = join(repository, deployable)
  if (standard.startsWith(`${own}/`)) return standard.slice(own.length + 1)
  return standard.startsWith(`${repository}/`) ? `..${standard.slice(repository.length)}` : standard
}

/** Reads the accepted values from the messages about values that nothing accepts. */
function allowedBy(field: Field): string {
  const inner = innermost(field)
  if (inner instanceof z.ZodEnum) return inner.options.map((option) => `\`${option}\``).join(', ')
  const messages = (value: string) => {
    const validated = validate(field, value)
    return validated.success ? [] : validated.faults.map(({ message }) => message.replace(/^must (be|have) /, ''))
  }
  // A control character is in no URL, address or key.
  if (!(inner instanceof z.ZodNumber)) return messages('\u0001')[0] ?? ''
  const [least, most] = ['-1e300', '1e300'].map((value) => messages(value).find((message) => !/\d{16}/.test(message)))
  const kind = messages('0.5').includes('a whole number') ? 'whole number' : 'number'
  const [from, to] = [least, most].map((message) => /^at (?:least|most) (\S+)$/.exec(message ?? '')?.[1])
  return from && to ? `${kind} from ${from} to ${to}` : [kind, least, most].filter(Boolean).join(', ')
}

function innermost(field: Field): z.ZodType {
  const inner = field.def.innerType ?? field.def.in
  return inner ? innermost(inner) : field
}
