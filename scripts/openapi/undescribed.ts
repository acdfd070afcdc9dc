type Json = Record<string, unknown>

const methods = new Set(['get', 'put', 'post', 'delete', 'patch'])

/**
 * Lists what an OpenAPI document does not describe: operations without an id, a summary or a description, parameters, and
 * properties of schemas, bodies and responses. A reference to a component is described if the component is.
 *
 * @returns places such as `User.email` or `listUsers: query limit`, sorted
 */
export function undescribed(document: object): string[] {
  const { paths = {}, components = {} } = document as { paths?: Json; components?: Record<string, Json> }
  const found: string[] = []
  const named = (components['schemas'] ?? {}) as Record<string, Json>
  const resolve = (schema: Json): Json => {
    const reference = schema['$ref']
    return typeof reference === 'string' ? (named[reference.split('/').at(-1) ?? ''] ?? {}) : schema
  }
  /** A schema such as `{ anyOf: [{ $ref }, { type: 'null' }] }` is described by its only component. */
  const isDescribed = (schema: Json): boolean => {
    if (hasText(schema['description']) || hasText(resolve(schema)['description'])) return true
    const parts = partsOf(schema)
    return parts.some((part) => hasText(part['description']) || hasText(resolve(part)['description']))
  }
  const visit = (schema: Json, place: string): void => {
    for (const [name, property] of Object.entries((schema['properties'] ?? {}) as Record<string, Json>)) {
      if (!isDescribed(property)) found.push(`${place}.${name}`)
      visit(property, `${place}.${name}`)
    }
    for (const part of [...partsOf(schema), schema['items'], schema['additionalProperties']]) {
      if (isObject(part)) visit(part, place)
    }
  }

  for (const [name, schema] of Object.entries(named)) {
    if (!hasText(schema['description'])) found.push(name)
    visit(schema, name)
  }
  for (const [path, operations] of Object.entries(paths as Record<string, Json>)) {
    for (const [method, operation] of Object.entries(operations as Record<string, Json>)) {
      if (!methods.has(method)) continue
      const id = typeof operation['operationId'] === 'string' ? operation['operationId'] : `${method} ${path}`
      for (const field of ['operationId', 'summary', 'description']) {
        if (!hasText(operation[field])) found.push(`${id}: no ${field}`)
      }
      for (const parameter of (operation['parameters'] ?? []) as Json[]) {
        if (!('$ref' in parameter) && !hasText(parameter['description'])) {
          found.push(`${id}: ${String(parameter['in'])} ${String(parameter['name'])}`)
        }
      }
      const responses = Object.entries((operation['responses'] ?? {}) as Record<string, Json>)
      for (const [what, holder] of [['body', operation['requestBody']] as const, ...responses]) {
        for (const schema of schemasOf(holder)) visit(schema, `${id}: ${what}`)
      }
    }
  }
  return [...new Set(found)].toSorted()
}

function partsOf(schema: Json): Json[] {
  return ['allOf', 'anyOf', 'oneOf'].flatMap((key) => (schema[key] ?? []) as Json[])
}

function schemasOf(holder: unknown): Json[] {
  if (!isObject(holder)) return []
  return Object.values((holder['content'] ?? {}) as Record<string, Json>).flatMap(({ schema }) =>
    isObject(schema) ? [schema] : [],
  )
}

const hasText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
