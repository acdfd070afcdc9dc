import { z } from 'zod'

interface QueriedRoute {
  method: string
  path: string
  query?: z.ZodType | undefined
}

/** The query of a route without a query schema. */
const noParameters = z.strictObject({})

/**
 * Returns the query schema of a route. It rejects unknown parameters, because otherwise a misspelled filter would return
 * the whole list. A route without a schema accepts no parameter. `z.looseObject` accepts any parameter: it is for a route
 * that passes its query on to another service, which rejects unknown parameters itself.
 *
 * @throws Error for a schema that is not an object schema
 */
export function strictQuery({ method, path, query }: QueriedRoute): z.ZodType {
  if (query === undefined) return noParameters
  if (query instanceof z.ZodObject) return query.def.catchall ? query : query.strict()
  throw new Error(`The query of ${method} ${path} must be an object schema`)
}
