import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { reach } from '@likeness/service-kit/identity'
import {
  expectRevokedWithin5s,
  logInAdministrator,
  makeTransparentPicture,
  registerSomebody,
  send,
  settled,
  sharedSystem,
  upload,
  type Answer,
  type Person,
  type System,
} from '@likeness/test-kit'

import { undescribed, type Described, type Schema } from './described.ts'

interface Operation {
  'x-permission': string | null
  'x-owned-by-nobody'?: true
  security: object[]
  requestBody?: { content: Record<string, unknown> }
  responses: Record<string, Described>
}

/** A route, as the OpenAPI document of its service describes it. */
interface Walked {
  service: 'main' | 'auth' | 'medias'
  method: string
  path: string
  permission: string | null
  /** Whether a permission for own rows is not sufficient. */
  isOwnedByNobody: boolean
  isOpen: boolean
  isMultipart: boolean
  responses: Record<string, Described>
  schemas: Record<string, Schema>
}

/** An id that no row has. */
const unknownId = '01940000-0000-7000-8000-000000000000'

/** Concurrent requests. One after the other, the requests would wait for the services most of the time. */
const CONCURRENCY = 6

describe('Every route of every service', () => {
  let system: System
  let routes: Walked[]
  let owner: Person
  let stranger: Person
  let editor: Person
  let admin: Person
  let suspended: Person
  let picture: Buffer

  beforeAll(async () => {
    system = await sharedSystem()
    admin = await logInAdministrator(system)
    owner = await registerSomebody(system, 'Owner')
    stranger = await registerSomebody(system, 'Stranger')
    suspended = await registerSomebody(system, 'Suspended')
    const { id, email, password, refreshToken } = await registerSomebody(system, 'Editor')
    const asAdmin = (method: string, path: string, body: unknown) =>
      send(method, `${system.mainUrl}/api/v1${path}`, { token: admin.accessToken, body })
    await asAdmin('PUT', `/users/${id}/roles`, { roles: ['editor'] })
    const { body } = await send('POST', `${system.authUrl}/api/v1/auth/refresh`, { body: { refreshToken } })
    editor = { id, email, password, accessToken: body.accessToken, refreshToken: body.refreshToken }
    await asAdmin('PATCH', `/users/${suspended.id}`, { status: 'suspended' })
    picture = (await makeTransparentPicture({ width: 20, height: 20 })).bytes
    routes = (await Promise.all((['main', 'auth', 'medias'] as const).map(readRoutes))).flat()
    await expectRevokedWithin5s(system, [suspended.id])
  })

  // As an administrator, a test pauses and resumes the fleet at the same time, and the pause can come last.
  afterEach(async () => {
    const resumed = await send('POST', `${system.mediasUrl}/api/v1/jobs/resume`, { token: admin.accessToken })
    expect(resumed.status).toBe(200)
  })

  async function readRoutes(service: Walked['service']): Promise<Walked[]> {
    const { body } = await send('GET', `${urlOf(service)}/openapi.json`)
    const paths = body.paths as Record<string, Record<string, Operation>>
    const schemas = body.components.schemas as Record<string, Schema>
    const shared = body.components.responses as Record<string, Described>
    const resolved = ([status, response]: [string, Described & { $ref?: string }]) => [
      status,
      response.$ref === undefined ? response : (shared[response.$ref.split('/').at(-1) ?? ''] ?? {}),
    ]
    return Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        service,
        method: method.toUpperCase(),
        path,
        permission: operation['x-permission'],
        isOwnedByNobody: operation['x-owned-by-nobody'] ?? false,
        isOpen: operation.security.length === 0 || operation.security.some((way) => Object.keys(way).length === 0),
        isMultipart: 'multipart/form-data' in (operation.requestBody?.content ?? {}),
        responses: Object.fromEntries(Object.entries(operation.responses).map(resolved)),
        schemas,
      })),
    )
  }

  const urlOf = (service: Walked['service']) =>
    ({ main: system.mainUrl, auth: system.authUrl, medias: system.mediasUrl })[service]

  /**
   * Calls a route with the body `{}`. Without permission, the request is rejected before the body is read; with permission,
   * the body changes nothing.
   */
  function ask(
    { service, method, path, isMultipart }: Pick<Walked, 'service' | 'method' | 'path'> & { isMultipart?: boolean },
    token: string | undefined,
    id = unknownId,
  ): Promise<Answer> {
    const base = path.startsWith('/.well-known') ? urlOf(service) : `${urlOf(service)}/api/v1`
    const filled = path
      .replace('{id}', id)
      .replace(/\{(n|m|number)\}/g, '1')
      .replace('{role}', 'user')
      .replace('{size}', 'thumb')
      .replace(/\{\w+\}/g, unknownId)
    const body = method === 'GET' || method === 'DELETE' ? undefined : isMultipart ? new FormData() : {}
    return send(method, `${base}${filled}`, { token, body, headers: { 'If-Match': '"another"' } })
  }

  const named = ({ service, method, path }: Walked) => `${service} ${method} ${path}`

  /** Calls the routes, some at the same time, and returns a sentence for each wrong response. */
  async function walk(
    which: Walked[],
    person: Person | undefined,
    judge: (answer: Answer, route: Walked) => string | undefined,
    id?: string,
  ): Promise<string[]> {
    const faults: string[] = []
    const left = which.values()
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        for (const route of left) {
          const answer = await ask(route, person?.accessToken, id)
          const fault = judge(answer, route) ?? undescribedAnswer(answer, route)
          if (fault) faults.push(`${named(route)}: ${fault} (response: ${answer.status} ${answer.body?.code ?? ''})`)
        }
      }),
    )
    return faults
  }
  /** What the description of the route lacks: the status, the code of a problem, or a field of the response. */
  function undescribedAnswer({ status, headers, body }: Answer, { responses, schemas }: Walked): string | undefined {
    const described = responses[status]
    if (!described) return `must describe ${status}`
    const type = (headers.get('content-type') ?? '').split(';')[0] ?? ''
    if (!type.endsWith('json')) return undefined
    const schema = described.content?.[type]?.schema
    return schema ? undescribed(body, schema, schemas) : `must describe ${type}`
  }
  const is = (answer: Answer, status: number, code?: string) =>
    answer.status === status && (code === undefined || answer.body?.code === code)

  it('has its permission in the OpenAPI document', () => {
    expect(routes.length).toBeGreaterThan(50)
    const needed = new Set(routes.map(({ permission }) => permission))
    for (const permission of ['users:read', 'roles:write', 'media:create', 'tags:update']) {
      expect(needed).toContain(permission)
    }
  })

  it('returns 401 without a token, if it requires one', async () => {
    const closed = routes.filter(({ isOpen }) => !isOpen)
    const faults = await walk(closed, undefined, (answer) =>
      is(answer, 401) && answer.headers.get('www-authenticate')?.startsWith('Bearer') ? undefined : 'must be 401',
    )
    expect(faults).toEqual([])
  })

  it('rejects the token of a suspended user', async () => {
    const looked = routes.filter(({ isOpen, permission }) => !isOpen || permission !== null)
    const faults = await walk(looked, suspended, (answer) => (is(answer, 401) ? undefined : 'must be 401'))
    expect(faults).toEqual([])
  })

  it.each(['user', 'editor', 'admin'] as const)(
    'accepts the role %s exactly as its permissions allow',
    async (role) => {
      const person = { user: stranger, editor, admin }[role]
      const { body: claims } = await send('GET', `${system.authUrl}/api/v1/auth/me`, { token: person.accessToken })
      const guarded = routes.filter(({ permission, isOpen }) => permission !== null && !isOpen)
      const faults = await walk(guarded, person, (answer, { permission, isOwnedByNobody }) => {
        const scope = reach(claims.permissions, permission ?? '')
        const isOpenToThem = scope === 'all' || (scope === 'own' && !isOwnedByNobody)
        if (!isOpenToThem) return is(answer, 403, 'forbidden') ? undefined : 'must be forbidden'
        return answer.status === 401 || is(answer, 403, 'forbidden') ? 'must be allowed' : undefined
      })
      expect(faults).toEqual([])
    },
  )

  it('accepts an API key exactly as its permissions allow, even if its creator has more', async () => {
    const held = ['media:read', 'tags:*', '*:read:own']
    const { body: made } = await send('POST', `${system.mainUrl}/api/v1/api-keys`, {
      token: admin.accessToken,
      body: { name: 'A walker', permissions: held },
    })
    const guarded = routes.filter(({ permission, isOpen }) => permission !== null && !isOpen)
    const faults = await walk(guarded, { ...admin, accessToken: made.key }, (answer, { permission }) => {
      const scope = reach(held, permission ?? '')
      if (!scope) return is(answer, 403, 'forbidden') ? undefined : 'must be forbidden'
      const isShut = answer.status === 401 || (scope === 'all' && is(answer, 403, 'forbidden'))
      return isShut ? 'must be allowed' : undefined
    })
    expect(faults).toEqual([])
  })

  it('rejects an unknown query parameter, if it is a GET', async () => {
    const read = routes
      .filter(({ method }) => method === 'GET')
      .map((route) => ({ ...route, path: `${route.path}?nonsense=1` }))
    const judge = (answer: Answer) => {
      const isNamed = answer.body?.errors?.some((error: { path: string }) => error.path === 'query.nonsense')
      return is(answer, 422, 'invalid-request') && isNamed ? undefined : 'must be 422 and name query.nonsense'
    }
    // The user must exist, because main-service reads the user before it passes the query on to the list of media.
    const faults = await walk(read, admin, judge, owner.id)
    expect(faults).toEqual([])
  })

  it('returns only responses that it describes', async () => {
    const { id, refreshToken } = await registerSomebody(system, 'Reader')
    await send('PUT', `${system.mainUrl}/api/v1/users/${id}/roles`, {
      token: admin.accessToken,
      body: { roles: ['admin'] },
    })
    const { body } = await send('POST', `${system.authUrl}/api/v1/auth/refresh`, { body: { refreshToken } })
    const goesOn = routes.filter(({ path }) => !path.startsWith('/auth/logout'))
    const reader = { ...admin, accessToken: body.accessToken as string }
    const seen = new Set<number>()

    const faults = await walk(
      goesOn,
      reader,
      (answer) => {
        seen.add(answer.status)
        return undefined
      },
      id,
    )

    expect(faults).toEqual([])
    expect(seen).toContain(200)
    expect(seen).toContain(404)
  })

  it('accepts the owner of a media, and hides the media from a stranger, who cannot change it', async () => {
    const mine = async () => {
      const { body } = await upload(system, owner.accessToken, { bytes: picture, name: 'mine.png' })
      return body.id as string
    }
    const ofMedia = routes.filter(
      ({ path, service, isOwnedByNobody }) =>
        service === 'medias' && path.startsWith('/media/{id}') && !isOwnedByNobody,
    )
    expect(ofMedia.length).toBeGreaterThan(8)

    const id = await mine()
    await settled(system, owner.accessToken, id)
    const before = await send('GET', `${system.mediasUrl}/api/v1/media/${id}`, { token: owner.accessToken })
    const hidden = await walk(
      ofMedia,
      stranger,
      (answer) =>
        is(answer, 404) || is(answer, 422) || is(answer, 415) ? undefined : 'must be hidden from a stranger',
      id,
    )
    expect(hidden).toEqual([])
    const after = await send('GET', `${system.mediasUrl}/api/v1/media/${id}`, { token: owner.accessToken })
    expect(after.headers.get('etag')).toBe(before.headers.get('etag'))

    const shut = (answer: Answer) =>
      is(answer, 401) || is(answer, 403) || is(answer, 404, 'not-found') ? 'must be open to the owner' : undefined
    const faults = await Promise.all(ofMedia.map(async (route) => walk([route], owner, shut, await mine())))
    expect(faults.flat()).toEqual([])
  })

  it('accepts a user for their own account, and hides the account from a stranger', async () => {
    const ofUsers = routes.filter(
      ({ path, service, permission }) =>
        service === 'main' &&
        path.startsWith('/users/{id}') &&
        /^(users:(read|update)|media:read)$/.test(permission ?? ''),
    )
    expect(ofUsers.length).toBeGreaterThanOrEqual(3)
    const hidden = await walk(
      ofUsers,
      stranger,
      (answer) => (is(answer, 404) || is(answer, 422) ? undefined : 'must be hidden from a stranger'),
      owner.id,
    )
    expect(hidden).toEqual([])
    const shut = await walk(
      ofUsers,
      owner,
      (answer) => (is(answer, 401) || is(answer, 403) || is(answer, 404) ? 'must be open to the user' : undefined),
      owner.id,
    )
    expect(shut).toEqual([])
  })
})
