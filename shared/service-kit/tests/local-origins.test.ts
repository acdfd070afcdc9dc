import { describe, expect, it } from '@jest/globals'

import { createSmallApp, startServer } from './small-service.ts'

/** The value of `Access-Control-Allow-Origin` for a page of this origin; null: the browser blocks the response. */
const allowed = async (url: string, origin: string) =>
  (await fetch(`${url}/healthz`, { headers: { Origin: origin } })).headers.get('access-control-allow-origin')

const local = ['http://localhost:5173', 'https://localhost', 'http://127.0.0.1:8080', 'http://[::1]:3000']
const foreign = [
  'http://localhost.example.com',
  'http://example.com:8080',
  'http://localhost:5173.example.com',
  'http://127.0.0.1.example.com',
  'http://notlocalhost:5173',
  'null',
]

describe('When a page of another origin calls a service', () => {
  it('then in development the pages of this machine are allowed, and no others', async () => {
    const url = await startServer(createSmallApp({ routes: [], allowLocalOrigins: true }))
    for (const origin of local) expect([origin, await allowed(url, origin)]).toEqual([origin, origin])
    for (const origin of foreign) expect([origin, await allowed(url, origin)]).toEqual([origin, null])
  })

  it('then CORS_ORIGINS is allowed in addition', async () => {
    const app = createSmallApp({ routes: [], allowLocalOrigins: true, corsOrigins: ['https://app.example.com'] })
    const url = await startServer(app)
    expect(await allowed(url, 'https://app.example.com')).toBe('https://app.example.com')
    expect(await allowed(url, 'http://localhost:1')).toBe('http://localhost:1')
    expect(await allowed(url, 'https://other.example.com')).toBeNull()
  })

  it('then in production no page of this machine is allowed', async () => {
    const url = await startServer(createSmallApp({ routes: [] }))
    for (const origin of local) expect([origin, await allowed(url, origin)]).toEqual([origin, null])
  })
})
