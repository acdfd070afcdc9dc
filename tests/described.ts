/** An answer as OpenAPI describes it. */
export interface Described {
  content?: Record<string, { schema: Schema }>
}

/** As much of JSON Schema as our answers use. */
export interface Schema {
  $ref?: string
  properties?: Record<string, Schema>
  additionalProperties?: unknown
  required?: string[]
  items?: Schema
  allOf?: Schema[]
  anyOf?: Schema[]
}

/**
 * What an answer has that its schema does not describe, or has not that it promises.
 *
 * @param schemas those that a `$ref` leads to, by their names
 * @returns undefined where the two agree
 */
export function undescribed(
  value: unknown,
  schema: Schema,
  schemas: Record<string, Schema>,
  at = 'body',
): string | undefined {
  const parts = partsOf(schema, schemas)
  // Of several there may be, which one it is would be for a validator to say.
  if (typeof value !== 'object' || value === null || parts.some(({ anyOf }) => anyOf)) return undefined
  const missing = parts.flatMap(({ required = [] }) => required).find((name) => !Object.hasOwn(value, name))
  if (missing) return `has ${at}.${missing}`
  const properties: Record<string, Schema> = Object.assign({}, ...parts.map((part) => part.properties))
  const rest = parts.find(({ items }) => items)?.items ?? (parts.some(isOpen) ? {} : undefined)
  return Object.entries(value)
    .map(([name, inner]) => {
      const described = properties[name] ?? rest
      return described ? undescribed(inner, described, schemas, `${at}.${name}`) : `describes ${at}.${name}`
    })
    .find((fault) => fault !== undefined)
}

/** Whatever else an object holds is right, or nothing is said of it at all. */
const isOpen = ({ additionalProperties, properties, $ref, allOf }: Schema) =>
  additionalProperties !== undefined || !(properties ?? $ref ?? allOf)

function partsOf(schema: Schema, schemas: Record<string, Schema>): Schema[] {
  const named = schema.$ref === undefined ? [] : [schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}]
  return [schema, ...[...named, ...(schema.allOf ?? [])].flatMap((part) => partsOf(part, schemas))]
}
