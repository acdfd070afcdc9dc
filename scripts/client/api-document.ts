import type { OpenApiDocument } from 'orval'

type Paths = Record<string, Record<string, Record<string, unknown>>>

/** The merged OpenAPI document, as far as the generator reads it. */
export interface ApiDocument {
  paths: Paths
  /**
   * The document without errors and headers, of which orval would generate hundreds of types. The client has one type of
   * error, and its own options for headers.
   */
  withoutErrors: OpenApiDocument
  /** Follows references. */
  resolve(value: object): Record<string, unknown>
}

export function readDocument(text: string): ApiDocument {
  const document = JSON.parse(text) as { paths: Paths; components: Record<string, object> }
  const resolve = (value: object): Record<string, unknown> => {
    const { $ref } = value as { $ref?: string }
    if ($ref === undefined) return value as Record<string, unknown>
    const parts = $ref.slice(2).split('/')
    const found = parts.reduce<unknown>((inner, part) => (inner as Record<string, unknown>)[part], document)
    return resolve(found as object)
  }
  return { paths: document.paths, resolve, withoutErrors: removeErrors(text, resolve) }
}

function removeErrors(text: string, resolve: ApiDocument['resolve']): OpenApiDocument {
  const document = JSON.parse(text) as { paths: Paths; components: Record<string, object> }
  for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
    if (!isPlainObject(operation)) continue
    const responses = Object.entries((operation['responses'] ?? {}) as object)
    operation['responses'] = Object.fromEntries(responses.filter(([status]) => status.startsWith('2')))
    const parameters = (operation['parameters'] ?? []) as object[]
    operation['parameters'] = parameters.filter((parameter) => resolve(parameter)['in'] !== 'header')
  }
  delete document.components['responses']
  delete document.components['parameters']
  return document as OpenApiDocument
}

/** The codes of an operation's problems, by status. */
export function codesOf(
  document: ApiDocument,
  { responses = {} }: { responses?: Record<string, object> },
): { status: string; codes: string[] }[] {
  return Object.entries(responses)
    .filter(([status]) => /^[45]\d\d$/.test(status))
    .map(([status, response]) => ({ status, codes: [...new Set(findCodes(document, response))].sort() }))
    .filter(({ codes }) => codes.length > 0)
}

/** Every value that a property `code` can have below a response. */
function findCodes(document: ApiDocument, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((inner) => findCodes(document, inner))
  if (!isPlainObject(value)) return []
  const resolved = document.resolve(value)
  const { code } = (resolved['properties'] ?? {}) as { code?: { enum?: string[]; const?: string } }
  const own = code?.enum ?? (code?.const === undefined ? [] : [code.const])
  const inner = ['content', 'schema', 'allOf', 'oneOf', 'anyOf', 'application/problem+json', 'application/json']
  return [...own, ...inner.flatMap((key) => findCodes(document, resolved[key]))]
}

export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
