/** A statement as PostgreSQL takes it: `$1` for the first of its values. */
interface Positional {
  text: string
  values: unknown[]
}

/** `:name`, but not the type in `value::type`. */
const placeholder = /(?<![:\w]):([a-z]\w*)/gi

/** Statements are written in the code; only filters and sorting make many of them. */
const known = new Map<string, { text: string; names: string[] }>()
const MOST_KNOWN = 1_000

/**
 * Puts positions in the place of a statement's names, the same for the same name.
 *
 * @throws when a name has no value: a fault of the code.
 */
export function toPositions(statement: string, values: Record<string, unknown>): Positional {
  const { text, names } = known.get(statement) ?? remember(statement)
  return {
    text,
    values: names.map((name) => {
      const value = values[name]
      if (value === undefined) throw new Error(`The statement has no value for :${name}`)
      return value
    }),
  }
}

function remember(statement: string) {
  const names: string[] = []
  const text = statement.replace(placeholder, (_match, name: string) => {
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}`
  })
  if (known.size === MOST_KNOWN) known.clear()
  known.set(statement, { text, names })
  return { text, names }
}
