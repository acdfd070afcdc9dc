import { availableParallelism } from 'node:os'

import { findPortFrom, type LocalServers } from '@likeness/local-servers'

/** A process of the system. */
export interface Deployable {
  label: string
  /** Its folder in the repository. */
  folder: string
  port: number
  readyUrl: string
  environment: Record<string, string>
}

/** The URLs of the three services. */
export interface ServiceUrls {
  main: string
  medias: string
  auth: string
}

const usualPorts = { main: 3000, medias: 3001, auth: 3002, workers: [3003, 3004] }

/**
 * The five processes of a local system, each configured with the URLs of the others. A port in use is replaced by the
 * next free one, with a message.
 */
export async function planDeployables(
  servers: LocalServers,
  say: (line: string) => void,
): Promise<{ deployables: Deployable[]; urls: ServiceUrls }> {
  const spokenFor = new Set([usualPorts.main, usualPorts.medias, usualPorts.auth, ...usualPorts.workers])
  const choosePort = async (label: string, wanted: number) => {
    const port = await findPortFrom(wanted, spokenFor)
    spokenFor.add(port)
    if (port !== wanted) say(`Port ${wanted} is taken: ${label} is on ${port}`)
    return port
  }
  const ports = {
    main: await choosePort('main-service', usualPorts.main),
    medias: await choosePort('medias-service', usualPorts.medias),
    auth: await choosePort('auth-service', usualPorts.auth),
  }
  const urls = {
    main: `http://127.0.0.1:${ports.main}`,
    medias: `http://127.0.0.1:${ports.medias}`,
    auth: `http://127.0.0.1:${ports.auth}`,
  }
  // The development secrets are public, so only this machine can connect by default.
  const host = process.env['HOST'] || '127.0.0.1'
  const media = { MEDIASDB_URL: servers.mediasDbUrl, AMQP_URL: servers.amqpUrl }
  const service = (label: string, port: number, environment: Record<string, string>): Deployable => ({
    label,
    folder: label,
    port,
    readyUrl: `http://127.0.0.1:${port}/readyz`,
    environment: { ...environment, HOST: host, PORT: String(port) },
  })
  const deployables = [
    service('auth-service', ports.auth, { MAIN_SERVICE_URL: urls.main }),
    service('main-service', ports.main, {
      MAINDB_URL: servers.mainDbUrl,
      AUTH_SERVICE_URL: urls.auth,
      MEDIAS_SERVICE_URL: urls.medias,
    }),
    service('medias-service', ports.medias, {
      ...media,
      AUTH_SERVICE_URL: urls.auth,
      MAIN_SERVICE_URL: urls.main,
    }),
  ]
  for (const [index, wanted] of usualPorts.workers.entries()) {
    const label = `media-worker-${index + 1}`
    const port = await choosePort(label, wanted)
    deployables.push({
      label,
      folder: 'media-worker',
      port,
      readyUrl: `http://127.0.0.1:${port}/readyz`,
      environment: { ...media, HOST: host, WORKER_PORT: String(port), WORKER_SLOTS: workerSlots() },
    })
  }
  return { deployables, urls }
}

/** All workers together render as many pictures at once as there are cores. */
function workerSlots(): string {
  return process.env['WORKER_SLOTS'] ?? String(Math.max(1, Math.floor(availableParallelism() / 2)))
}
