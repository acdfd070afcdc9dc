import { beforeAll, describe, expect, it } from '@jest/globals'
import { registerSomebody, send, sharedSystem, type Answer, type Json, type System } from '@likeness/test-kit'

let system: System
beforeAll(async () => {
  system = await sharedSystem()
})

const urlOf = (service: string) =>
  ({ main: system.mainUrl, auth: system.authUrl, medias: system.mediasUrl })[service] ?? ''

const services = ['main', 'auth', 'medias']

async function codesOn(page: string): Promise<string[]> {
  const { status, body } = await send('GET', page)
  expect(status).toBe(200)
  return [...String(body).matchAll(/<section id="([^"]+)">/g)].map(([, code]) => code ?? '')
}

/** Follows the `type` of a problem as a browser does. @returns whether the page has the code of the problem there */
async function leadsToItsCode({ body }: Answer, url: string): Promise<boolean> {
  const target = new URL(body.type, url)
  const fragment = target.hash.slice(1)
  return fragment === body.code && (await codesOn(target.href)).includes(fragment)
}

describe('When a client follows the `type` of a problem', () => {
  it.each(services)('then the page of %s explains the codes, without scripts and other files', async (service) => {
    const { status, headers, body } = await send('GET', `${urlOf(service)}/docs/errors`)

    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(headers.get('content-security-policy')).toMatch(/style-src [^;]*'unsafe-inline'/)
    expect(String(body)).toContain('What to do')
    expect(String(body)).not.toMatch(/<script|<link|<img|src=| style="/)
  })

  it.each(services)('then the page of %s has each code once', async (service) => {
    const codes = await codesOn(`${urlOf(service)}/docs/errors`)

    expect(codes.length).toBeGreaterThan(40)
    expect(codes).toEqual([...new Set(codes)])
  })

  it.each(services)('then the page of %s has every code of its OpenAPI document', async (service) => {
    const { body } = await send('GET', `${urlOf(service)}/openapi.json`)
    const operations = Object.values<Json>(body.paths).flatMap((path) => Object.values<Json>(path))
    const declared = [...new Set<string>(operations.flatMap((operation) => operation['x-problems'] ?? []))]
    const codes = await codesOn(`${urlOf(service)}/docs/errors`)

    expect(declared.length).toBeGreaterThan(5)
    expect(declared.filter((code) => !codes.includes(code))).toEqual([])
  })

  it('then every service links its problems to their codes', async () => {
    for (const service of services) {
      const answer = await send('GET', `${urlOf(service)}/api/v1/nowhere`)
      expect(answer.body.title).toBe('Not Found')
      expect(await leadsToItsCode(answer, urlOf(service))).toBe(true)
    }
  })

  it('then the problem of another service links to the page of the service that returned it', async () => {
    const ada = await registerSomebody(system)
    const again = await send('POST', `${system.authUrl}/api/v1/auth/register`, {
      body: { email: ada.email, password: ada.password, name: 'Ada' },
    })
    const list = await send('GET', `${system.mainUrl}/api/v1/users/${ada.id}/media?after=nowhere`, {
      token: ada.accessToken,
    })

    expect([again.body.code, list.body.code]).toEqual(['email-taken', 'invalid-request'])
    expect(await leadsToItsCode(again, system.authUrl)).toBe(true)
    expect(await leadsToItsCode(list, system.mainUrl)).toBe(true)
  })

  it('then the problem of one of several files links to its code', async () => {
    const ada = await registerSomebody(system)
    const body = new FormData()
    for (const name of ['a.png', 'b.png']) body.append('file', new Blob([]), name)
    const answer = await send('POST', `${system.mediasUrl}/api/v1/media`, { token: ada.accessToken, body })

    expect(answer.status).toBe(207)
    const [{ problem }] = answer.body.results
    expect(problem.code).toBe('empty-file')
    expect(await leadsToItsCode({ ...answer, body: problem }, system.mediasUrl)).toBe(true)
  })
})
