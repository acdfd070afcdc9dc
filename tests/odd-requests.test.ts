import { beforeAll, describe, expect, it } from '@jest/globals'
import {
  logInAdministrator,
  makeVectorPicture,
  registerSomebody,
  sendRaw,
  sharedSystem,
  upload,
  type System,
} from '@likeness/test-kit'

let system: System
let admin: string
let adaId: string
beforeAll(async () => {
  system = await sharedSystem()
  admin = (await logInAdministrator(system)).accessToken
  const ada = await registerSomebody(system)
  adaId = ada.id
  const { bytes, filename } = makeVectorPicture()
  for (let media = 0; media < 2; media++) await upload(system, ada.accessToken, { bytes, name: filename })
})

const ask = (url: string, target: string) =>
  sendRaw(
    url,
    `GET ${target} HTTP/1.1\r\nHost: here.test\r\nAuthorization: Bearer ${admin}\r\nConnection: close\r\n\r\n`,
  )

describe('When the target of a request is a URL', () => {
  const lists = () => [
    [system.mainUrl, '/api/v1/users?limit=1'],
    [system.mainUrl, '/api/v1/audit?limit=1'],
    [system.mainUrl, `/api/v1/users/${adaId}/media?limit=1`],
    [system.mediasUrl, '/api/v1/media?limit=1'],
  ]

  it('then the link to the next page of a list has the path of the URL', async () => {
    for (const [url = '', path = ''] of lists()) {
      const { status, headers } = await ask(url, `http://evil.example${path}`)
      expect([status, headers['link']?.startsWith(`<${path}&after=`)]).toEqual([200, true])
    }
  })

  it('then an impossible port is 400 in every service', async () => {
    for (const url of [system.mainUrl, system.authUrl, system.mediasUrl]) {
      const { status, body } = await ask(url, 'http://x:99999/api/v1/users?limit=1')
      expect([status, body?.['code']]).toEqual([400, 'invalid-target'])
    }
  })
})

describe('When a request is not HTTP', () => {
  it('then every service and the worker return a problem', async () => {
    const { port } = system.workers[0]?.log.find(({ event }) => event === 'worker.listening') ?? {}
    for (const url of [system.mainUrl, system.authUrl, system.mediasUrl, `http://127.0.0.1:${String(port)}`]) {
      const { status, headers, body } = await sendRaw(url, 'GARBAGE\r\n\r\n')
      expect([status, headers['connection'], body?.['code']]).toEqual([400, 'close', 'malformed-request'])
    }
  })
})
