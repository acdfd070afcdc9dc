import { apiCompare, type Diff } from 'api-smart-diff'

import type { OpenApiDocument } from './document.ts'

/**
 * The changes that can break a client of the old document, one line each, such as "GET /media: removed the query
 * parameter q". Texts, examples and error responses are not compared: a client must expect error codes that it does not
 * know.
 */
export function breakingChanges(before: OpenApiDocument, after: OpenApiDocument): string[] {
  const { diffs } = apiCompare(reduced(before), reduced(after))
  const lines = diffs.filter(isBreaking).map((diff) => describeChange(diff, before))
  return [...new Set([...lines, ...renamedOperations(before, after)])].sort()
}

/** The document without what is not compared. */
function reduced(document: OpenApiDocument): object {
  const { paths, components } = document
  const { schemas, parameters } = components
  return {
    ...document,
    info: { title: '', version: '' },
    tags: [],
    paths: strip(paths),
    components: strip({ schemas, parameters, responses: components['responses'] }),
  }
}

const ignored = new Set(['description', 'summary', 'example', 'examples', 'headers', 'tags', 'operationId'])

function strip(value: unknown, parent = ''): unknown {
  if (Array.isArray(value)) return value.map((inner) => strip(inner))
  if (value === null || typeof value !== 'object') return value
  const kept = Object.entries(value).filter(([name]) => {
    if (parent === 'properties') return true
    if (parent === 'responses') return !/^[45]\d\d$/.test(name)
    return !ignored.has(name) && !name.startsWith('x-')
  })
  return Object.fromEntries(kept.map(([name, inner]) => [name, strip(inner, parent === 'properties' ? '' : name)]))
}

/**
 * The library classifies a removed operation, a changed type and a removed field of a request as compatible. A request
 * with an unknown field is rejected here.
 */
function isBreaking({ type, action, path, before, after }: Diff): boolean {
  if (path[0] !== 'paths') return false
  if (action === 'remove' && path.length <= 3) return true
  if (action === 'replace' && path.at(-1) === 'type') {
    const [narrow, wide] = path[3] === 'responses' ? [after, before] : [before, after]
    return !typesOf(narrow).every((name) => typesOf(wide).includes(name))
  }
  if (action === 'remove' && path[3] === 'requestBody' && path.at(-2) === 'properties') return true
  return type === 'breaking'
}

/** Every integer is a number. */
const typesOf = (type: unknown) => [type].flat().flatMap((name) => (name === 'number' ? ['number', 'integer'] : [name]))

function renamedOperations(before: OpenApiDocument, after: OpenApiDocument): string[] {
  return Object.entries(before.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { operationId }]) => {
      const now = after.paths[path]?.[method]?.operationId
      if (now === undefined || now === operationId) return []
      return [`${method.toUpperCase()} ${path}: renamed the operation ${operationId} to ${now}`]
    }),
  )
}

const nameOf = (value: unknown) => (value as { name?: string } | null | undefined)?.name

function describeChange({ path, action, before, after }: Diff, oldDocument: OpenApiDocument): string {
  const [, route = '', method, ...rest] = path.map(String)
  if (method === undefined) return `${route}: removed the path`
  const operation = `${method.toUpperCase()} ${route}`
  const [part, ...inner] = rest
  if (part === undefined) return `${operation}: removed the operation`
  const verb = { add: 'added', remove: 'removed', replace: 'changed', rename: 'renamed' }[action]
  if (part === 'parameters') {
    const name =
      [after, before].map(nameOf).find(Boolean) ?? parameterName(inner, oldDocument.paths[route]?.[method], oldDocument)
    const field = inner.slice(1).filter((step) => step !== 'schema')
    return `${operation}: ${verb} ${field.length > 0 ? `${field.join('.')} of ` : ''}the parameter ${name ?? inner[0]}${values(before, after)}`
  }
  const place = part === 'responses' ? `response ${inner[0]}` : 'request'
  const field = fieldOf(inner)
  return `${operation}, ${place}: ${verb} ${field || 'the body'}${values(before, after)}`
}

function parameterName([index]: string[], operation: unknown, document: OpenApiDocument): string | undefined {
  const given = (operation as { parameters?: { name?: string; $ref?: string }[] } | undefined)?.parameters?.[
    Number(index)
  ]
  const referred = given?.$ref && document.components['parameters']?.[given.$ref.split('/').at(-1) ?? '']
  return given?.name ?? (referred as { name?: string } | undefined)?.name
}

/** The steps to a field in the notation of JavaScript: `data[].status, enum`. */
function fieldOf(steps: string[]): string {
  if (!steps.includes('schema')) return ''
  const left = steps.slice(steps.indexOf('schema') + 1)
  const keywords: string[] = []
  let name = ''
  for (let step = left.shift(); step !== undefined; step = left.shift()) {
    if (step === 'properties') name += `.${left.shift()}`
    else if (step === 'items') name += '[]'
    else if (['anyOf', 'oneOf', 'allOf'].includes(step)) left.shift()
    else keywords.push(step)
  }
  const keyword = keywords.filter((step) => !/^\d+$/.test(step)).join('.')
  return [name.replace(/^\./, ''), keyword].filter(Boolean).join(' ')
}

const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)

function values(before: unknown, after: unknown): string {
  if (isPlain(before) && isPlain(after)) return ` from ${String(before)} to ${String(after)}`
  const one = isPlain(after) ? after : isPlain(before) ? before : undefined
  return one === undefined ? '' : ` (${String(one)})`
}
