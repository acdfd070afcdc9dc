import { describe, expect, it } from '@jest/globals'

import { createClient } from '../client.ts'
import { upload } from './upload.ts'

const lost = () => Promise.reject(new TypeError('fetch failed'))
const stored = (request: Request) => Promise.resolve(Response.json({ id: request.headers.get('idempotency-key') }))

/** A client whose session renews its token, and whose server answers the uploads one after the other. */
function createFakeClient(uploads: ((request: Request) => Promise<Response>)[], { renews = true } = {}) {
  const requests: Request[] = []
  let token = 'old'
  const client = createClient({
    baseUrl: 'http://api.test',
    auth: { token: (rejected) => (token = rejected !== undefined && renews ? 'new' : token) },
    fetch: (url, init) => {
      const request = new Request(url, init)
      requests.push(request)
      if (request.method === 'POST') return uploads.shift()?.(request) ?? lost()
      const isOld = request.headers.get('authorization') === 'Bearer old'
      return Promise.resolve(Response.json({ code: 'token-stale' }, { status: isOld && renews ? 401 : 200 }))
    },
  })
  return { client, requests }
}

describe('When the connection breaks during an upload', () => {
  const file = new Blob(['pixels'])

  it.each([
    ['the browser', lost],
    ['a proxy', () => Promise.resolve(Response.json({ code: 'connection-closed' }, { status: 502 }))],
  ])('and %s reports it, then a rejected token is renewed, and the upload is repeated', async (_where, broken) => {
    const { client, requests } = createFakeClient([broken, stored])
    const media = await upload(client, file)
    const uploads = requests.filter(({ method }) => method === 'POST')
    expect(uploads.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer old', 'Bearer new'])
    expect(uploads[0]?.headers.get('idempotency-key')).toBe(media.id)
    expect(await uploads[1]?.formData().then((form) => (form.get('file') as File).text())).toBe('pixels')
  })

  it('then the error is thrown if the token was not the reason', async () => {
    const { client, requests } = createFakeClient([lost, stored], { renews: false })
    await expect(upload(client, file)).rejects.toThrow('fetch failed')
    expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })
})
