/** A statement with positions: `$1` stands for its first value. */
interface Positional {
  text: string
  values: unknown[]
}

/** `:name`, but not the type in `value::type`. */
const placeholder = /(?<![:\w]):([a-z]\w*)/gi

/** A cache: statements are constants in the code, and only filters and sort orders make many of them. */
const known = new Map<string, { text: string; names: string[] }>()
const MAX_CACHED = 1_000

/**
 * Replaces the names of a statement by positions, one for each name.
 *
 * @throws Error when a name has no value: a bug
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
  if (known.size === MAX_CACHED) known.clear()
  known.set(statement, { text, names })
  return { text, names }
}
