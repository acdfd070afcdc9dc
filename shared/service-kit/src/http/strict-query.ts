import { z } from 'zod'

interface QueriedRoute {
  method: string
  path: string
  query?: z.ZodType | undefined
}

/**
 * A route's query schema, which refuses a parameter that it does not know: a filter that is misspelled would otherwise
 * return the whole list. A GET without a schema takes no parameter. `z.looseObject` takes any: for a route that sends
 * them on to another service, which refuses what it does not know.
 *
 * @throws Error for a schema that is not an object's.
 */
export function strictQuery({ method, path, query }: QueriedRoute): z.ZodType | undefined {
  if (query === undefined) return method === 'get' ? z.strictObject({}) : undefined
  if (query instanceof z.ZodObject) return query.def.catchall ? query : query.strict()
  throw new Error(`The query of ${method} ${path} must be an object schema`)
}
