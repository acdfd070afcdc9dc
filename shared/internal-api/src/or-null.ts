import { z } from 'zod'

/**
 * A named schema, or null. The OpenAPI document then refers to the schema. For `.nullable()` with a description, the
 * generator would copy it.
 */
export const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()])
