import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { System } from '@likeness/test-kit'

/** Serves the three services under one origin, as the gateway does. */
export async function startOneOrigin({ authUrl, mainUrl, mediasUrl }: System) {
  const routes: [prefix: RegExp, url: string][] = [
    [/^\/(api\/v1\/(auth|oauth)\b|\.well-known)/, authUrl],
    [/^\/api\/v1\/(media|tags|presets|jobs|regenerations)\b/, mediasUrl],
    [/^/, mainUrl],
  ]
  const server = createServer((incoming, outgoing) => {
    const { url: path = '/', method, headers } = incoming
    const [, base = mainUrl] = routes.find(([prefix]) => prefix.test(path)) ?? []
    const forwarded = request(new URL(path, base), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  }
}
