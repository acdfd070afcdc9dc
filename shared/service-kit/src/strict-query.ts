import { z } from 'zod'

interface QueriedRoute {
  method: string
  path: string
  query?: z.ZodType | undefined
}

/**
 * A route's query schema, which refuses a parameter that it does not know: a filter that is misspelled would otherwise
 * return the whole list. A GET without a schema takes no parameter.
 *
 * @throws Error for a schema that is not an object's.
 */
export function strictQuery({ method, path, query }: QueriedRoute): z.ZodType | undefined {
  if (query === undefined) return method === 'get' ? z.strictObject({}) : undefined
  if (query instanceof z.ZodObject) return query.strict()
  throw new Error(`The query of ${method} ${path} must be an object schema`)
}
