import type { GeneratorVerbOptions } from 'orval'

import { codesOf, isPlainObject, type ApiDocument } from './api-document.ts'

/** An operation as the files for TanStack Query need it. */
export interface GeneratedOperation {
  name: string
  summary: string
  isRead: boolean
  /** Whether it returns pages with a cursor. */
  isList: boolean
  parameters: { name: string; type: string; isOptional: boolean }[]
  body: string
  models: string[]
}

/** The text of an operation's function and types, for orval's custom client. */
export function buildOperation(verb: GeneratorVerbOptions, document: ApiDocument) {
  const name = verb.operationName
  const typeName = name.charAt(0).toUpperCase() + name.slice(1)
  const operation = document.paths[verb.pathRoute]?.[verb.verb] ?? {}
  const answers = verb.response.types.success.map(({ key, value, contentType }) => {
    if (key === '204') return { status: key, type: 'undefined', imports: [] }
    return { status: key, type: /\bjson\b/.test(contentType) ? value : 'Response' }
  })
  const problems = codesOf(document, operation).map(
    ({ status, codes }) => `  ${status}: ${codes.map((code) => `'${code}'`).join(' | ')}`,
  )
  const parameters = [
    ...verb.params.map(({ name: parameter }) => ({ name: parameter, type: 'string', isOptional: false })),
    ...(verb.body.definition ? [{ name: 'body', type: verb.body.definition, isOptional: false }] : []),
    ...(verb.queryParams
      ? [{ name: 'query', type: verb.queryParams.schema.name, isOptional: verb.queryParams.isOptional }]
      : []),
  ]
  const requiresMatch = headerOf(document, operation, 'If-Match')?.required === true
  const options = requiresMatch ? `options: CallOptions & { ifMatch: string }` : 'options?: CallOptions'
  const route = verb.pathRoute.includes('{') ? `path\`${verb.pathRoute.replaceAll('{', '${')}\`` : `'${verb.pathRoute}'`
  const input = [
    ...(verb.queryParams ? ['query'] : []),
    ...(verb.body.definition ? [`${bodyField(verb.body.contentType)}: body`] : []),
    ...(headerOf(document, operation, 'Idempotency-Key') ? ['once: true'] : []),
    ...(isOpen(operation) ? ['open: true'] : []),
  ]
  const implementation = [
    `/** The bodies of the responses of \`${name}\`, and the codes of its problems, by status. */`,
    `export interface ${typeName}Answers {`,
    ...answers.map(({ status, type }) => `  ${status}: ${type}`),
    ...problems,
    '}',
    '',
    ...docOf(verb),
    `export const ${name} = (`,
    ['client: Client', ...parameters.map(declare), options].map((parameter) => `  ${parameter},\n`).join('') +
      `): Call<${typeName}Answers> =>`,
    `  call(client, '${verb.verb.toUpperCase()}', ${route}, { ${input.join(', ')} }, options)`,
    '',
    '',
  ].join('\n')
  const described: GeneratedOperation = {
    name,
    summary: verb.summary ?? name,
    isRead: verb.verb === 'get' && answers.every(({ type }) => type !== 'Response'),
    isList: (verb.queryParams?.paramNames ?? namesOfQuery(document, operation)).includes('after'),
    parameters,
    body: `${typeName}Answers`,
    models: parameters.map(({ type }) => type).filter((type) => type !== 'string'),
  }
  return { implementation, operation: described, models: modelsOf(verb) }
}

export const declare = ({ name, type, isOptional }: GeneratedOperation['parameters'][number]) =>
  `${name}${isOptional ? '?' : ''}: ${type}`

function modelsOf({ response, body, queryParams }: GeneratorVerbOptions): string[] {
  const answers = response.types.success.flatMap(({ imports }) => imports.map(({ name }) => name))
  return [...answers, ...body.imports.map(({ name }) => name), ...(queryParams ? [queryParams.schema.name] : [])]
}

/** The summary and the description, without the links to the error codes, which lead to a running server. */
function docOf({ summary, originalOperation }: GeneratorVerbOptions): string[] {
  const paragraphs = [summary, originalOperation.description]
    .filter((text) => text !== undefined)
    .flatMap((text) => String(text).split(/\n\n+/))
    .filter((text) => !text.startsWith('Errors: '))
    .map((text) => text.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('*/', '*\\/'))
  const lines = paragraphs.flatMap((text, index) => [...(index > 0 ? [''] : []), ...text.split('\n').flatMap(wrap)])
  return ['/**', ...lines.map((line) => ` * ${line}`.trimEnd()), ' */']
}

function wrap(text: string): string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last && last.length + word.length > 110) lines.push(word)
    else lines[lines.length - 1] = last ? `${last} ${word}` : word
  }
  return lines
}

const bodyField = (contentType: string) =>
  ({ 'multipart/form-data': 'form', 'application/x-www-form-urlencoded': 'urlencoded' })[contentType] ?? 'json'

interface Parameter {
  in: string
  name: string
  required?: boolean
}

const parametersOf = (document: ApiDocument, operation: Record<string, unknown>) =>
  ((operation['parameters'] ?? []) as object[]).map((parameter) => document.resolve(parameter) as unknown as Parameter)

const headerOf = (document: ApiDocument, operation: Record<string, unknown>, name: string) =>
  parametersOf(document, operation).find((parameter) => parameter.in === 'header' && parameter.name === name)

const namesOfQuery = (document: ApiDocument, operation: Record<string, unknown>) =>
  parametersOf(document, operation)
    .filter((parameter) => parameter.in === 'query')
    .map(({ name }) => name)

/** Whether no token is used: such an operation is the only one with an empty list of schemes. */
const isOpen = ({ security }: Record<string, unknown>) =>
  Array.isArray(security) && security.every((scheme) => isPlainObject(scheme) && Object.keys(scheme).length === 0)
