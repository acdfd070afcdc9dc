import { inspect } from 'node:util'

import type { Operation } from './document.ts'
import type { Exchange } from './exchange.ts'

interface CodeSample {
  lang: string
  label: string
  source: string
}

/** The address in the examples. The page of the API reference replaces it with its own. */
const origin = 'https://pictures.example.com'

/** How to send the request of an example, with curl and with the client library. */
export function codeSamples(method: string, path: string, operation: Operation, { request }: Exchange): CodeSample[] {
  return [
    { lang: 'Shell', label: 'curl', source: curlSample(method, path, operation, request) },
    { lang: 'TypeScript', label: 'TypeScript', source: clientSample(path, operation, request) },
  ]
}

type Sent = Exchange['request']

function curlSample(method: string, path: string, operation: Operation, sent: Sent): string {
  const base = operation.servers ? origin : `${origin}/api/v1`
  const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(sent.path?.[name] ?? ''))
  const query = new URLSearchParams(sent.query).toString()
  const lines = [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} '${base}${filled}${query && `?${query}`}'`,
    ...(requiresToken(operation) ? [`-H "Authorization: Bearer $TOKEN"`] : []),
    ...Object.entries(sent.headers ?? {}).map(([name, value]) => `-H '${name}: ${value}'`),
    ...curlBody(operation, sent.body),
    ...(isFile(operation) ? ['-o file'] : []),
  ]
  return lines.join(' \\\n  ')
}

function curlBody(operation: Operation, body: unknown): string[] {
  if (body === undefined) return []
  if (bodyType(operation) === 'application/json') {
    return [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`]
  }
  const option = bodyType(operation) === 'multipart/form-data' ? '-F' : '--data-urlencode'
  return Object.entries(body as Record<string, unknown>).flatMap(([name, value]) =>
    [value].flat().map((one) => `${option} '${name}=${fileName(one) ? `@${fileName(one)}` : String(one)}'`),
  )
}

function clientSample(path: string, operation: Operation, sent: Sent): string {
  const { operationId } = operation
  const store = requiresSession(operation) ? 'browser' : 'apiKey'
  const isOpen = !requiresToken(operation)
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const { 'If-Match': ifMatch, ...headers } = sent.headers ?? {}
  const options = { ...(ifMatch ? { ifMatch } : {}), ...(Object.keys(headers).length > 0 ? { headers } : {}) }
  const hasOptions = Object.keys(options).length > 0
  const takesQuery = (operation.parameters ?? []).some((parameter) => parameter.in === 'query')
  const passed = [
    'client',
    ...names.map((name) => literal(sent.path?.[name] ?? '')),
    ...(sent.body === undefined ? [] : [bodyLiteral(sent.body)]),
    ...(sent.query ? [literal(typedQuery(operation, sent.query))] : takesQuery && hasOptions ? ['undefined'] : []),
    ...(hasOptions ? [literal(options)] : []),
  ]
  const result = Object.keys(operation.responses).includes('204') ? '' : 'const answer = '
  const auth = isOpen ? '' : `, auth: ${store === 'apiKey' ? `apiKey('key_…')` : 'browser()'}`
  const file =
    bodyType(operation) === 'multipart/form-data'
      ? ['', '// From an <input type="file">.', 'declare const file: File']
      : []
  return [
    `import { createClient, ${operationId} } from '@likeness/client'`,
    ...(isOpen ? [] : [`import { ${store} } from '@likeness/client/auth'`]),
    '',
    `const client = createClient({ baseUrl: '${origin}'${auth} })`,
    ...file,
    `${result}await ${operationId}(${passed.join(', ')})`,
  ].join('\n')
}

const typedQuery = (operation: Operation, query: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const parameter = operation.parameters?.find((one) => one.name === name && one.in === 'query')
      return [name, parameter ? typedValue(parameter, value) : value]
    }),
  )

/** The value of a parameter with the type of its schema. In a URL, every value is text. */
export function typedValue({ schema }: NonNullable<Operation['parameters']>[number], value: string): unknown {
  const types = [schema?.type].flat()
  if (types.includes('array')) return [value]
  return types.includes('integer') || types.includes('number') ? Number(value) : value
}

const bodyLiteral = (body: unknown) =>
  literal(body)
    .replaceAll(/'\(the bytes of [^']+\)'/g, 'file')
    .replaceAll('[ file ]', '[file]')

const literal = (value: unknown) => inspect(value, { depth: null, breakLength: 96, compact: 3, maxStringLength: null })

const fileName = (value: unknown) => /^\(the bytes of (.+)\)$/.exec(String(value))?.[1]

const requiresToken = ({ security }: Operation) => security.some((way) => Object.keys(way).length > 0)

const requiresSession = (operation: Operation) => operation['x-problems']?.includes('session-required') ?? false

const bodyType = ({ requestBody }: Operation) => Object.keys(requestBody?.content ?? {})[0]

const isFile = ({ responses }: Operation) =>
  Object.keys(responses['200']?.content ?? {}).some((type) => !/json|event-stream/.test(type))
