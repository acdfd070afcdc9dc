import { request as openRequest } from 'node:http'

import { beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  makeCameraPicture,
  registerSomebody,
  send,
  sharedSystem,
  upload,
  type Person,
  type System,
} from '@likeness/test-kit'

let system: System
let ada: Person
beforeAll(async () => {
  const shared = await sharedSystem()
  // Every request of these tests goes to the one origin.
  const { gatewayUrl } = shared
  system = { ...shared, authUrl: gatewayUrl, mainUrl: gatewayUrl, mediasUrl: gatewayUrl }
  ada = await registerSomebody(system)
})
const api = (method: string, path: string, sent: Parameters<typeof send>[2] = {}) =>
  send(method, `${system.gatewayUrl}/api/v1${path}`, { token: ada.accessToken, ...sent })

describe('When a client knows only one origin', () => {
  it('then it registers, uploads a picture, follows its events, and loads a size and a range of it', async () => {
    const { bytes } = await makeCameraPicture({ width: 400, height: 300 })
    const { body: media } = await upload(system, ada.accessToken, { bytes, name: 'beach.jpg' })
    const stream = await fetch(`${system.gatewayUrl}/api/v1/media/${media.id}/events`, {
      headers: { authorization: `Bearer ${ada.accessToken}`, 'last-event-id': '0' },
    })
    let events = ''
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    await eventually(
      async () => {
        events += (await reader?.read())?.value ?? ''
        expect(events).toContain('event: ready')
      },
      { limitMs: 60_000, everyMs: 1 },
    )
    await reader?.cancel()
    const { body } = await api('GET', `/media/${media.id}`)
    const { url } = body.currentVersion.sizes.find(({ format }: { format: string }) => format === 'jpeg')
    expect(url).toMatch(/^\/api\/v1\/media\//)
    const size = await fetch(system.gatewayUrl + url, {
      headers: { authorization: `Bearer ${ada.accessToken}`, range: 'bytes=0-2' },
    })
    expect(size.status).toBe(206)
    expect(Buffer.from(await size.arrayBuffer())).toEqual(Buffer.from([0xff, 0xd8, 0xff]))
  })

  it('then each service behind the origin answers its own paths', async () => {
    const statuses = await Promise.all(
      ['/auth/me', '/users/me', '/media', '/tags', '/presets', '/features'].map(
        async (path) => (await api('GET', path)).status,
      ),
    )
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200])
    expect((await send('GET', `${system.gatewayUrl}/.well-known/jwks.json`)).body.keys).toHaveLength(1)
  })

  it('then what is for the inside of the system has no route', async () => {
    for (const path of ['/internal/users', '/metrics', '/internal/revocations', '/api/v1/internal/users']) {
      expect([path, (await send('GET', system.gatewayUrl + path)).status]).toEqual([path, 404])
    }
  })

  it('then services log the address of the client, the request id and the trace', async () => {
    const requestId = `gateway-${Date.now()}`
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const { headers } = await api('GET', '/users/me', { headers: { 'x-request-id': requestId, traceparent: trace } })
    expect(headers.get('x-request-id')).toBe(requestId)
    await eventually(
      () => {
        const line = system.main.log.find((one) => one['requestId'] === requestId && one.event === 'request.done')
        expect(line).toMatchObject({ path: '/api/v1/users/me', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' })
      },
      { limitMs: 60_000 },
    )
  })

  it('then an upload without a token is rejected before its bytes are sent', async () => {
    const request = openRequest(`${system.gatewayUrl}/api/v1/media`, {
      method: 'POST',
      headers: {
        'Content-Type': 'multipart/form-data; boundary=x',
        'Content-Length': 40_000_000,
        Expect: '100-continue',
      },
    })
    const status = await new Promise((resolve, reject) => {
      request.on('continue', () => reject(new Error('The body was requested')))
      request.on('response', (response) => resolve(response.resume().statusCode))
      request.on('error', reject)
      request.flushHeaders()
    })
    request.destroy()
    expect(status).toBe(401)
  })

  it('then a client whose token is rejected while it streams an upload receives the problem', async () => {
    const headers = { authorization: 'Bearer no-token', 'content-type': 'multipart/form-data; boundary=x' }
    for (let round = 0; round < 10; round++) {
      let parts = 0
      const body = new ReadableStream({
        pull(controller) {
          if (parts++ < 500) controller.enqueue(new Uint8Array(65_536))
          else controller.close()
        },
      })
      const request = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
      const answer = await fetch(`${system.gatewayUrl}/api/v1/media`, request)
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([401, 'token-invalid'])
    }
  })
})
