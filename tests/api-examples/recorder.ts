import { send, type Answer, type Json, type System } from '@likeness/test-kit'

/** A request that a test has sent, and the response that it received. */
interface Exchange {
  request: {
    path?: Record<string, string>
    query?: Record<string, string>
    headers?: Record<string, string>
    /** The parsed JSON or the fields of the form. A file is a text that describes it. */
    body?: unknown
  }
  response: { status: number; headers?: Record<string, string>; body?: unknown }
}

interface Call {
  path?: Record<string, string>
  query?: Record<string, string>
  headers?: Record<string, string>
  token?: string | undefined
  /** JSON, or a form. */
  body?: unknown
}

/** The exchanges of each operation, one for each status, by the id of the operation. */
export type Exchanges = Record<string, Exchange[]>

export interface Recorder {
  exchanges: Exchanges
  /** The ids of all operations of the system. */
  operationIds: string[]
  /** Calls an operation, and records its first exchange with each status. An empty list is not recorded if another follows. @throws Error if the response is an error */
  call(operationId: string, call?: Call): Promise<Answer>
}

/** The headers of responses that the examples contain. */
const shownHeaders = ['ETag', 'Location']

/** Reads the operations of the running system, to call each by its id. */
export async function createRecorder(system: System): Promise<Recorder> {
  const operations = new Map<string, { method: string; url: string }>()
  for (const origin of [system.authUrl, system.mainUrl, system.mediasUrl]) {
    const { body } = await send('GET', `${origin}/openapi.json`)
    for (const [path, described] of Object.entries<Json>(body.paths)) {
      for (const [method, operation] of Object.entries<Json>(described)) {
        const base = operation.servers?.[0].url.replace(/\/$/, '') ?? body.servers[0].url
        operations.set(operation.operationId, { method: method.toUpperCase(), url: `${origin}${base}${path}` })
      }
    }
  }
  const exchanges: Exchanges = {}

  async function call(operationId: string, { path = {}, query = {}, headers = {}, token, body }: Call = {}) {
    const { method, url } = operations.get(operationId) ?? {}
    if (method === undefined || url === undefined) throw new Error(`There is no operation ${operationId}`)
    const filled = url.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(path[name] ?? ''))
    const search = new URLSearchParams(query).toString()
    const address = `${filled}${search && `?${search}`}`
    const answer = operationId.startsWith('stream')
      ? await readStream(address, token)
      : await send(method, address, { token, headers: { 'User-Agent': browser, ...headers }, body })
    if (answer.status >= 400) {
      throw new Error(`${operationId} returned ${answer.status}: ${JSON.stringify(answer.body)}`)
    }
    const request = {
      ...filledPart('path', path),
      ...filledPart('query', query),
      ...filledPart('headers', headers),
      ...(body === undefined ? {} : { body: shown(operationId, body) }),
    }
    const recorded = exchanges[operationId] ?? []
    const others = recorded.filter(({ response }) => response.status !== answer.status || !isEmptyList(response.body))
    const isNew = others.every(({ response }) => response.status !== answer.status)
    const exchange = { request, response: shownAnswer(answer) }
    exchanges[operationId] = [...others, ...(isNew ? [exchange] : [])].sort(byStatus)
    return answer
  }

  return { exchanges, operationIds: [...operations.keys()].sort(), call }
}

const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'

/** Reads a stream of events until the media is ready. */
async function readStream(url: string, token: string | undefined): Promise<Answer> {
  const { status, headers, body } = await fetch(url, { headers: { Authorization: `Bearer ${token}` } })
  let text = ''
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    text += Buffer.from(part).toString()
    if (/event: ready\ndata: .*\n\n/.test(text)) break
  }
  return { status, headers, body: text }
}

const byStatus = (a: Exchange, b: Exchange) => a.response.status - b.response.status

const isEmptyList = (body: unknown) => (body as { data?: unknown[] } | undefined)?.data?.length === 0

const filledPart = (name: string, part: Record<string, string>) =>
  Object.keys(part).length > 0 ? { [name]: part } : {}

/** A form as an object. Repeated fields are arrays, and a file is a text. */
function shown(operationId: string, body: unknown): unknown {
  if (!(body instanceof FormData) && !(body instanceof URLSearchParams)) return body
  const fields: Record<string, unknown> = {}
  for (const name of new Set(body.keys())) {
    const values = [...body.getAll(name)].map((value: unknown) =>
      value instanceof File ? `(the bytes of ${value.name})` : value,
    )
    fields[name] = values.length > 1 || (name === 'file' && operationId === 'uploadMedia') ? values : values[0]
  }
  return fields
}

function shownAnswer({ status, headers, body }: Answer): Exchange['response'] {
  const kept = shownHeaders.flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  return {
    status,
    ...filledPart('headers', Object.fromEntries(kept)),
    ...(/json|event-stream/.test(headers.get('content-type') ?? '') ? { body } : {}),
  }
}
