import { declare, type GeneratedOperation } from './operation-builder.ts'

/** The factories for TanStack Query: one for each operation that reads, and another for each list with pages. */
export function writeQueries(operations: GeneratedOperation[]): string {
  const reads = operations.filter(({ isRead }) => isRead)
  const lists = reads.filter(({ isList }) => isList)
  const models = [...new Set(reads.flatMap((operation) => operation.models))].sort()
  return [
    `import type { Client } from '../client.ts'`,
    `import { pagesQuery, readQuery, type PageOptions, type QueryOptions } from '../query/query.ts'`,
    `import type { ${models.join(', ')} } from './models.ts'`,
    `import { ${reads.flatMap(({ name, body }) => [name, `type ${body}`]).join(', ')} } from './operations.ts'`,
    '',
    ...reads.map(writeQuery),
    ...lists.map(writePages),
  ].join('\n')
}

function writeQuery({ name, summary, parameters, body }: GeneratedOperation): string {
  const names = parameters.map((parameter) => parameter.name)
  return `
/** ${summary}. */
export const ${name}Options = (
  ${['client: Client', ...parameters.map(declare)].join(', ')},
): QueryOptions<${body}[200]> =>
  readQuery(['${name}', ${names.join(', ')}], (options) => ${name}(${['client', ...names, 'options'].join(', ')}))
`
}

function writePages({ name, summary, parameters, body }: GeneratedOperation): string {
  const names = parameters.map((parameter) => parameter.name)
  const sent = names.map((parameter) => (parameter === 'query' ? '{ ...query, after }' : parameter))
  return `
/** ${summary}, page by page. */
export const ${name}Pages = (
  ${['client: Client', ...parameters.map(declare)].join(', ')},
): PageOptions<${body}[200]> =>
  pagesQuery(['${name}', ${names.join(', ')}], (after, options) => ${name}(${['client', ...sent, 'options'].join(', ')}))
`
}
