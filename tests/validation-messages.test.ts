import { beforeAll, expect, it } from '@jest/globals'
import {
  logInAdministrator,
  registerSomebody,
  send,
  sharedSystem,
  type Json,
  type Person,
  type System,
} from '@likeness/test-kit'

let system: System
let admin: Person
beforeAll(async () => {
  system = await sharedSystem()
  await registerSomebody(system)
  admin = await logInAdministrator(system)
})

/** An id that no row has. */
const nothing = '01940000-0000-7000-8000-000000000000'

/** One wrong value of each type. */
const wrongValues = [
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  'x',
  'x'.repeat(20_000),
  [],
  [null, 7, 'x'.repeat(5_000)],
  {},
  { a: {} },
]

interface Operation {
  method: string
  url: string
  fields: string[]
  parameters: string[]
  /** Whether an unknown field makes the whole request invalid, so that the test changes nothing. */
  isStrict: boolean
}

async function operationsOf(service: string): Promise<Operation[]> {
  const { body } = await send('GET', `${service}/openapi.json`)
  const resolve = (schema: Json): Json =>
    schema?.$ref ? body.components.schemas[String(schema.$ref).split('/').at(-1) ?? ''] : schema
  return Object.entries<Json>(body.paths)
    .filter(([path]) => !path.startsWith('/.well-known'))
    .flatMap(([path, methods]) =>
      Object.entries<Json>(methods).map(([method, operation]) => {
        const schema = resolve(operation.requestBody?.content['application/json']?.schema)
        const parameters = ((operation.parameters ?? []) as Json[]).filter((parameter) => parameter.in === 'query')
        return {
          method: method.toUpperCase(),
          url: `${service}/api/v1${path.replace('{number}', '1').replace(/\{\w+\}/g, nothing)}`,
          fields: Object.keys(schema?.properties ?? {}),
          parameters: parameters.map(({ name }) => name as string),
          isStrict: schema?.additionalProperties === false,
        }
      }),
    )
}

/** The validation messages of a response; empty if it is not 422. */
async function messagesOf(method: string, url: string, body?: unknown): Promise<string[]> {
  const headers = { 'If-Match': '"another"' }
  const answer = await send(method, url, { token: admin.accessToken, headers, body })
  return ((answer.body?.errors ?? []) as Json[]).map(({ message }) => message)
}

/** A message is a predicate. It mentions neither the received value nor a type of JavaScript. */
const plain = /^(is|must|contains) [^A-Z]/
const technical = /expected|received|invalid input|invalid string|NaN|undefined|too (big|small)|unrecognized|\bint\b/i

it('When any field or parameter of any route is wrong, then the message about it is plain English', async () => {
  const operations = (await Promise.all([system.mainUrl, system.authUrl, system.mediasUrl].map(operationsOf))).flat()
  const messages = new Set<string>()
  for (const { method, url, fields, parameters, isStrict } of operations) {
    if (parameters.length > 0) {
      for (const value of ['', 'x y', '-1', '1.5', 'x'.repeat(5_000)]) {
        const query = new URLSearchParams({
          ...Object.fromEntries(parameters.map((name) => [name, value])),
          unknown: '1',
        })
        for (const message of await messagesOf(method, `${url}?${query.toString()}`)) messages.add(message)
      }
    }
    if (!isStrict) continue
    for (const value of wrongValues) {
      const body = { ...Object.fromEntries(fields.map((name) => [name, value])), unknown: 1 }
      for (const message of await messagesOf(method, url, body)) messages.add(message)
    }
    for (const body of [{ unknown: 1 }, [], null, 'x', 1]) {
      for (const message of await messagesOf(method, url, body)) messages.add(message)
    }
  }

  expect(messages.size).toBeGreaterThan(30)
  for (const known of ['is required', 'is an unknown field', 'is an unknown parameter', 'must be an email address']) {
    expect(messages).toContain(known)
  }
  expect([...messages].filter((message) => !plain.test(message) || technical.test(message))).toEqual([])
})

it.each<[string, () => string, string, object | undefined, string, string]>([
  [
    'a filter that almost exists',
    () => system.mediasUrl,
    'GET /media?createdBefore=2026-01-31T12:00:00Z',
    undefined,
    'query.createdBefore',
    'is an unknown parameter; did you mean createdAfter?',
  ],
  [
    'a field in another spelling',
    () => system.mainUrl,
    'POST /users',
    { email_address: 'ada@example.com', emial: 'ada@example.com', name: 'Ada' },
    'body.emial',
    'is an unknown field; did you mean email?',
  ],
  [
    'tags, which have a route of their own',
    () => system.mediasUrl,
    `PATCH /media/${nothing}`,
    { tags: ['holiday'] },
    'body.tags',
    'is an unknown field; set the tags with PUT /media/{id}/tags',
  ],
  [
    'roles of a user, which have a route of their own',
    () => system.mainUrl,
    `PATCH /users/${nothing}`,
    { roles: ['editor'] },
    'body.roles',
    'is an unknown field; set the roles with PUT /users/{id}/roles',
  ],
])(
  'When a request has %s, then the response says what to send instead',
  async (_what, url, route, body, path, message) => {
    const [method = '', target = ''] = route.split(' ')
    const answer = await send(method, `${url()}/api/v1${target}`, { token: admin.accessToken, body })

    expect([answer.status, answer.body.code]).toEqual([422, 'invalid-request'])
    expect(answer.body.errors).toContainEqual({ path, message })
  },
)
