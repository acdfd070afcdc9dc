/** A response as OpenAPI describes it. */
export interface Described {
  content?: Record<string, { schema: Schema }>
}

/** The part of JSON Schema that the responses use. */
export interface Schema {
  $ref?: string
  type?: unknown
  properties?: Record<string, Schema>
  additionalProperties?: unknown
  required?: string[]
  enum?: unknown[]
  items?: Schema
  allOf?: Schema[]
  anyOf?: Schema[]
}

/**
 * The first field of a response that its schema does not describe, or that the schema requires and the response lacks, or
 * that has a value that the schema does not list.
 *
 * @param schemas the schemas for `$ref`, by name
 * @returns a text such as `must have body.id`; undefined if the response matches the schema
 */
export function undescribed(
  value: unknown,
  schema: Schema,
  schemas: Record<string, Schema>,
  at = 'body',
): string | undefined {
  const parts = partsOf(schema, schemas)
  const allowed = parts.find((part) => part.enum)?.enum
  if (allowed && !allowed.includes(value)) return `must describe ${String(value)} as ${at}`
  // With several alternatives, only a full validator could tell which schema applies.
  if (typeof value !== 'object' || value === null || parts.some(hasAlternatives)) return undefined
  const missing = parts.flatMap(({ required = [] }) => required).find((name) => !Object.hasOwn(value, name))
  if (missing) return `must have ${at}.${missing}`
  const properties: Record<string, Schema> = Object.assign({}, ...parts.map((part) => part.properties))
  const rest = parts.find(({ items }) => items)?.items ?? (parts.some(isOpen) ? {} : undefined)
  return Object.entries(value)
    .map(([name, inner]) => {
      const described = properties[name] ?? rest
      return described ? undescribed(inner, described, schemas, `${at}.${name}`) : `must describe ${at}.${name}`
    })
    .find((fault) => fault !== undefined)
}

/** Whether the schema allows additional fields or does not describe the object at all. */
const isOpen = ({ additionalProperties, properties, $ref, allOf, anyOf }: Schema) =>
  additionalProperties !== undefined || !(properties ?? $ref ?? allOf ?? anyOf)

/** The alternatives of a schema, except null. */
const alternativesOf = ({ anyOf = [] }: Schema): Schema[] => anyOf.filter(({ type }) => type !== 'null')

const hasAlternatives = (schema: Schema): boolean => alternativesOf(schema).length > 1

function partsOf(schema: Schema, schemas: Record<string, Schema>): Schema[] {
  const named = schema.$ref === undefined ? [] : [schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}]
  const only = hasAlternatives(schema) ? [] : alternativesOf(schema)
  return [schema, ...[...named, ...(schema.allOf ?? []), ...only].flatMap((part) => partsOf(part, schemas))]
}
