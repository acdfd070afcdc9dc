import { availableParallelism } from 'node:os'

import { findPortFrom, type LocalServers } from '@likeness/local-servers'

import { siteFolder } from './local-site.ts'
import { RefusedStartError } from './refused-start-error.ts'
import type { Settings, SystemSettings } from './settings.ts'

/** A process of the system. */
export interface Deployable {
  label: string
  /** Its folder in the repository. */
  folder: string
  port: number
  readyUrl: string
  environment: Record<string, string>
}

/** The URLs of the three services, and the URL of the gateway, through which clients reach all of them. */
export interface ServiceUrls {
  gateway: string
  main: string
  medias: string
  auth: string
}

const usualPorts = { main: 3000, medias: 3001, auth: 3002, workers: [3003, 3004], gateway: 8080 }

/**
 * The six processes of a local system, each configured with the URLs of the others. If a port is in use, the process gets
 * the next free port, with a message. A deployable reads its settings itself, so this function uses them only for the
 * variables that it sets.
 */
export async function planDeployables(
  repository: string,
  servers: LocalServers,
  settings: SystemSettings,
  say: (line: string) => void,
): Promise<{ deployables: Deployable[]; urls: ServiceUrls }> {
  const wanted = {
    main: portOf(settings['main-service'], 'MAIN_SERVICE_PORT') ?? usualPorts.main,
    medias: portOf(settings['medias-service'], 'MEDIAS_SERVICE_PORT') ?? usualPorts.medias,
    auth: portOf(settings['auth-service'], 'AUTH_SERVICE_PORT') ?? usualPorts.auth,
    gateway: portOf(settings['deploy/gateway'], 'GATEWAY_PORT') ?? usualPorts.gateway,
  }
  const reserved = new Set([...Object.values(wanted), ...usualPorts.workers])
  const choosePort = async (label: string, first: number) => {
    const port = await findPortFrom(first, reserved)
    reserved.add(port)
    if (port !== first) say(`Port ${first} is in use, so ${label} uses port ${port}`)
    return port
  }
  const ports = {
    main: await choosePort('main-service', wanted.main),
    medias: await choosePort('medias-service', wanted.medias),
    auth: await choosePort('auth-service', wanted.auth),
    gateway: await choosePort('gateway', wanted.gateway),
  }
  const urls = {
    main: `http://127.0.0.1:${ports.main}`,
    medias: `http://127.0.0.1:${ports.medias}`,
    auth: `http://127.0.0.1:${ports.auth}`,
    gateway: `http://localhost:${ports.gateway}`,
  }
  const peers = {
    MAIN_SERVICE_URL: urls.main,
    MEDIAS_SERVICE_URL: urls.medias,
    AUTH_SERVICE_URL: urls.auth,
    PUBLIC_URL: urls.gateway,
    TOKEN_ISSUER: urls.gateway,
  }
  const media = { MEDIASDB_URL: servers.mediasDbUrl, AMQP_URL: servers.amqpUrl }
  const service = (folder: keyof SystemSettings, port: number, environment: Record<string, string>): Deployable => ({
    label: folder,
    folder,
    port,
    readyUrl: `http://127.0.0.1:${port}/readyz`,
    environment: { ...withSettings({ ...peers, ...environment, HOST: ownHost }, settings[folder]), PORT: String(port) },
  })
  const deployables = [
    service('auth-service', ports.auth, {}),
    service('main-service', ports.main, {
      MAINDB_URL: servers.mainDbUrl,
      INVITATION_URL: `${urls.gateway}/accept-invitation/`,
    }),
    service('medias-service', ports.medias, media),
    { ...service('deploy/gateway', ports.gateway, { SITE_DIR: siteFolder(repository) }), label: 'gateway' },
  ]
  for (const [index, first] of usualPorts.workers.entries()) {
    const label = `media-worker-${index + 1}`
    const port = await choosePort(label, first)
    const standard = { ...media, HOST: ownHost, WORKER_SLOTS: slotsPerWorker() }
    deployables.push({
      label,
      folder: 'media-worker',
      port,
      readyUrl: `http://127.0.0.1:${port}/readyz`,
      environment: { ...withSettings(standard, settings['media-worker']), WORKER_PORT: String(port) },
    })
  }
  return { deployables, urls }
}

/** The development secrets are public, so by default only this machine can connect. */
const ownHost = '127.0.0.1'

/** A variable of the shell has precedence over the settings, and the settings over the value in this file. */
function withSettings(standard: Record<string, string>, settings: Settings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(standard).map(([name, value]) => [name, process.env[name] || settings[name] || value]),
  )
}

/** PORT in the service's own .env, or the port on which docker compose publishes the service. */
function portOf(settings: Settings, published: string): number | undefined {
  const port = settings['PORT'] ?? process.env[published] ?? settings[published]
  if (!port) return undefined
  if (/^\d{1,5}$/.test(port) && Number(port) < 65_536) return Number(port)
  throw new RefusedStartError(
    `${settings['PORT'] ? 'PORT' : published} must be a port from 1 to 65535 (it is ${port}).`,
  )
}

/** Together, the two workers render as many pictures at once as there are cores. */
function slotsPerWorker(): string {
  return String(Math.max(1, Math.floor(availableParallelism() / 2)))
}
