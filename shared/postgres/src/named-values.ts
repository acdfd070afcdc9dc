/** A statement with positional parameters: `$1` stands for the first value. */
interface Positional {
  text: string
  values: unknown[]
}

/** `:name`, but not the type in `value::type`. */
const placeholder = /(?<![:\w]):([a-z]\w*)/gi

/** A cache of converted statements. Statements are constants in the code; only filters and sort orders vary them. */
const cache = new Map<string, { text: string; names: string[] }>()
const MAX_CACHED = 1_000

/**
 * Replaces the named parameters of a statement by positional ones, one for each name.
 *
 * @throws Error when a name has no value, which is a bug
 */
export function toPositions(statement: string, values: Record<string, unknown>): Positional {
  const { text, names } = cache.get(statement) ?? convert(statement)
  return {
    text,
    values: names.map((name) => {
      const value = values[name]
      if (value === undefined) throw new Error(`The statement has no value for :${name}`)
      return value
    }),
  }
}

function convert(statement: string) {
  const names: string[] = []
  const text = statement.replace(placeholder, (_match, name: string) => {
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}`
  })
  if (cache.size === MAX_CACHED) cache.clear()
  cache.set(statement, { text, names })
  return { text, names }
}
