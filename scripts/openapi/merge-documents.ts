import { isDeepStrictEqual } from 'node:util'

import type { OpenApiDocument, Operation } from './document.ts'

/** The order of the operations of one path. */
const methods = ['get', 'post', 'put', 'patch', 'delete']

/**
 * Merges the documents of the services into the document of one origin. Paths and components are sorted, so that the
 * document changes only if the API changes.
 *
 * @param info replaces the `info` of the documents
 * @throws Error if two services have different components with one name, or the same operation or operationId
 */
export function mergeDocuments(documents: OpenApiDocument[], info: Record<string, unknown>): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {}
  const components: Record<string, Record<string, unknown>> = {}
  for (const document of documents) {
    for (const [path, operations] of Object.entries(document.paths)) {
      paths[path] = { ...paths[path] }
      for (const [method, operation] of Object.entries(operations)) add(paths[path], method, operation, `path ${path}`)
    }
    for (const [kind, named] of Object.entries(document.components)) {
      components[kind] = { ...components[kind] }
      for (const [name, component] of Object.entries(named)) add(components[kind], name, component, kind)
    }
  }
  assertDistinctIds(Object.values(paths).flatMap((operations) => Object.values(operations)))
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/api/v1', description: 'The origin from which this document was loaded.' }],
    ...mergeTags(documents),
    paths: sorted(paths, (operations) =>
      Object.fromEntries(
        methods.flatMap((method) => (operations[method] === undefined ? [] : [[method, operations[method]]])),
      ),
    ),
    components: sorted(components, (named) => sorted(named, (component) => component)),
  }
}

/** The tags by group, in the order of the documents. */
function mergeTags(documents: OpenApiDocument[]): Pick<OpenApiDocument, 'tags' | 'x-tagGroups'> {
  const tags = documents.flatMap((document) => document.tags)
  const groups = new Map<string, string[]>()
  for (const group of documents.flatMap((document) => document['x-tagGroups'])) {
    groups.set(group.name, [...(groups.get(group.name) ?? []), ...group.tags])
  }
  const names = [...groups.values()].flat()
  return {
    tags: tags.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name)),
    'x-tagGroups': [...groups].map(([name, grouped]) => ({ name, tags: grouped })),
  }
}

/** Adds an entry. The same entry in two documents is one entry. */
function add<Value>(entries: Record<string, Value>, name: string, value: Value, place: string): void {
  const before = entries[name]
  if (before !== undefined && !isDeepStrictEqual(before, value)) {
    throw new Error(`Two services describe ${name} (${place}) differently. Give one of them another name.`)
  }
  entries[name] = value
}

function assertDistinctIds(operations: Operation[]): void {
  const ids = operations.map(({ operationId }) => operationId)
  const repeated = ids.filter((id, index) => id === undefined || ids.indexOf(id) !== index)
  if (repeated.length > 0) throw new Error(`Each operation needs an operationId of its own: ${repeated.join(', ')}`)
}

function sorted<Value, Result>(
  entries: Record<string, Value>,
  change: (value: Value) => Result,
): Record<string, Result> {
  const names = Object.keys(entries).sort()
  return Object.fromEntries(names.map((name) => [name, change(entries[name] as Value)]))
}
