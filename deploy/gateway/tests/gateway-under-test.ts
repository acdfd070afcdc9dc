import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

import { createLogger, listen, readEnvironment } from '@likeness/service-kit/process'

import { createApp } from '../src/app.ts'
import { createContext } from '../src/context.ts'
import { environmentSchema } from '../src/env.ts'

/** A server in place of a service, which records the requests that it receives. */
export interface ServiceStandIn {
  url: string
  requests: IncomingMessage[]
  answer: RequestListener
  server: Server
}

/** A gateway in this process, in front of three stand-ins. */
export interface GatewayUnderTest {
  url: string
  services: Record<'auth-service' | 'main-service' | 'medias-service', ServiceStandIn>
  stop(): Promise<void>
}

export async function startGateway(variables: Record<string, string> = {}): Promise<GatewayUnderTest> {
  const services = {
    'auth-service': await startStandIn(),
    'main-service': await startStandIn(),
    'medias-service': await startStandIn(),
  }
  const environment = readEnvironment(environmentSchema, {
    AUTH_SERVICE_URL: services['auth-service'].url,
    MAIN_SERVICE_URL: services['main-service'].url,
    MEDIAS_SERVICE_URL: services['medias-service'].url,
    SITE_DIR: fileURLToPath(new URL('site', import.meta.url)),
    ...variables,
  })
  const context = await createContext(environment, createLogger({ service: 'gateway', level: 'silent' }))
  const listening = await listen(createApp(context), { host: '127.0.0.1', port: 0 })
  return {
    url: `http://127.0.0.1:${listening.port}`,
    services,
    async stop() {
      listening.closeConnections()
      await listening.close()
      context.services.close()
      for (const { server } of Object.values(services)) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

async function startStandIn(): Promise<ServiceStandIn> {
  const requests: IncomingMessage[] = []
  const standIn = { requests, answer: sendPath } as unknown as ServiceStandIn
  const server = createServer((request, response) => {
    requests.push(request)
    standIn.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(standIn, { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

export const sendPath: RequestListener = (request, response) => {
  request.resume()
  response.setHeader('Content-Type', 'text/plain').end(request.url)
}
