import { fork } from 'node:child_process'
import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { findFreePort } from '@likeness/local-servers'
import { createTokens, eventually, startService, type TestTokens } from '@likeness/test-kit'
import type pg from 'pg'
import sharp from 'sharp'

import { figuresOf, formatFigures, percentile, ratios } from '../measure.ts'
import { startPrivateServers } from '../private-servers.ts'
import { figuresOfFamily } from '../process-figures.ts'
import type { Listening, Order } from './listeners.ts'

const STREAMS = Number(process.env['STREAMS'] ?? 2_000)
const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const REQUESTS = Number(process.env['REQUESTS'] ?? 400)
const MEDIA = 4
const EVENT_EVERY_MS = 500

const phases = ['without streams', 'while they open', 'streams without events', 'streams with events'] as const
type Phase = (typeof phases)[number]

/** The measured requests of one phase of one round, and what the service used and did meanwhile. */
interface Measured {
  medianMs: number
  p95Ms: number
  /** CPU of the service, in percent of one core. */
  cpuPercent: number
  residentBytes: number
  /** Measured requests without 200. */
  failed: number
  /** Streams at the end of the phase. */
  open: number
  lost: number
}

/** Measures how much open event streams of others slow down a request of medias-service. */
async function main(): Promise<void> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    const servers = await startPrivateServers(undo)
    const issuer = 'http://localhost:3002'
    const tokens = createTokens({ issuer })
    const port = await findFreePort()
    const service = await startService({
      folder: 'medias-service',
      environment: {
        HOST: '127.0.0.1',
        PORT: String(port),
        MEDIASDB_URL: servers.mediasDbUrl,
        AMQP_URL: servers.rabbit.url,
        MEDIA_STORE_DIR: join(servers.folder, 'store'),
        AUTH_SERVICE_URL: await serveAuth(tokens, undo),
        // Nothing listens on this port.
        MAIN_SERVICE_URL: 'http://127.0.0.1:9',
        TOKEN_ISSUER: issuer,
        MAX_EVENT_STREAMS_PER_CALLER: String(STREAMS),
      },
      readyUrl: `http://127.0.0.1:${port}/readyz`,
    })
    undo.unshift(service.stop)
    const url = `http://127.0.0.1:${port}/api/v1`
    const person = () => tokens.userToken({ permissions: ['media:create', 'media:read:own'], expiresIn: 3_600 })
    const [owner, other] = [person(), person()]
    // The service rejects tokens until it has read the feed of revocations.
    const mediaIds = [await eventually(() => uploadPublic(url, owner, 0), { limitMs: 30_000 })]
    while (mediaIds.length < MEDIA) mediaIds.push(await uploadPublic(url, owner, mediaIds.length))
    const target = { url: `${url}/media/${await uploadPublic(url, other, MEDIA)}`, token: other }

    const measure = async (listeners?: Listeners): Promise<Measured> => {
      const figures = () => figuresOfFamily(service.pid, 'root')
      const before = { ...figures(), at: performance.now() }
      const { times, failed } = await request(target, REQUESTS)
      const seconds = (performance.now() - before.at) / 1_000
      const after = figures()
      return {
        medianMs: percentile(times, 50),
        p95Ms: percentile(times, 95),
        cpuPercent: (after.cpuMs - before.cpuMs) / seconds / 10,
        residentBytes: after.residentBytes,
        failed,
        open: listeners?.state().open ?? 0,
        lost: listeners?.state().lost ?? 0,
      }
    }

    await request(target, REQUESTS)
    const rounds: Record<Phase, Measured>[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const without = await measure()
      const listeners = startListeners({ url, mediaIds, token: owner, streams: STREAMS })
      undo.unshift(listeners.stop)
      await eventually(() => assertOpening(listeners.state()), { limitMs: 60_000, everyMs: 5 })
      const opening = await measure(listeners)
      await eventually(() => assertSettled(listeners.state()), { limitMs: 60_000 })
      await pause(2_000)
      const silent = await measure(listeners)
      const stopEvents = addEvents(servers.client, mediaIds)
      undo.unshift(stopEvents)
      const busy = await measure(listeners)
      await stopEvents()
      await listeners.stop()
      rounds.push({
        'without streams': without,
        'while they open': opening,
        'streams without events': silent,
        'streams with events': busy,
      })
      await pause(3_000)
    }
    report(rounds)
  } finally {
    for (const step of undo) await step()
  }
}

interface Listeners {
  state(): Listening
  stop(): Promise<void>
}

function startListeners(order: Order): Listeners {
  const child = fork(new URL('listeners.ts', import.meta.url), { execArgv: process.execArgv })
  let state: Listening = { open: 0, lost: 0, events: 0 }
  child.on('message', (received) => (state = received as Listening))
  child.send(order)
  return {
    state: () => state,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}

function assertOpening({ open, lost }: Listening): void {
  if (open + lost === 0) throw new Error('No stream is open yet')
}

function assertSettled({ open, lost }: Listening): void {
  if (open + lost < STREAMS) throw new Error(`Only ${open} streams are open, and ${lost} are lost`)
}

/** Adds an event to one media after another. @returns a function that stops it */
function addEvents(client: pg.Client, mediaIds: string[]): () => Promise<void> {
  const stopping = new AbortController()
  const adding = (async () => {
    for (let count = 0; !stopping.signal.aborted; count++) {
      await client.query(
        `INSERT INTO event (media_id, version_id, type, data)
         SELECT media_id, id, 'size-ready', '{"preset": "large", "format": "avif", "width": 1280, "height": 960}'
         FROM media_version WHERE media_id = $1`,
        [mediaIds[count % mediaIds.length]],
      )
      await pause(EVENT_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  })()
  return () => {
    stopping.abort()
    return adding
  }
}

/** Sends requests one after another. @returns the milliseconds of each */
async function request(
  { url, token }: { url: string; token: string },
  count: number,
): Promise<{ times: number[]; failed: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const times: number[] = []
  let failed = 0
  for (let sent = 0; sent < count; sent++) {
    const startedAt = performance.now()
    const isOk = await new Promise<boolean>((resolve) => {
      get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode === 200))
      }).once('error', () => resolve(false))
    })
    if (!isOk) failed++
    times.push(performance.now() - startedAt)
  }
  agent.destroy()
  return { times, failed }
}

/** Serves what medias-service reads from auth-service: the public key, its own token, and an empty feed of revocations. */
async function serveAuth(tokens: TestTokens, undo: (() => Promise<unknown>)[]): Promise<string> {
  const jwk = { ...(await tokens.keys.find(undefined)).export({ format: 'jwk' }), kid: 'test' }
  const server = createServer(({ url = '' }, response) => {
    const send = (body: object) => response.end(JSON.stringify(body))
    if (url.startsWith('/internal/revocations')) setTimeout(() => send({ entries: [], cursor: 'start' }), 1_000)
    else if (url.endsWith('/oauth/token'))
      send({ access_token: tokens.serviceToken('medias-service'), expires_in: 300 })
    else send({ keys: [jwk] })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.unshift(async () => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function uploadPublic(url: string, token: string, number: number): Promise<string> {
  const background = { r: number, g: 0, b: 0 }
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer()
  const form = new FormData()
  form.append('visibility', 'public')
  form.append('file', new Blob([new Uint8Array(bytes)]), 'picture.png')
  const answer = await fetch(`${url}/media`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  })
  const body = (await answer.json()) as { id?: string }
  if (!body.id) throw new Error(`The upload returned ${answer.status}: ${JSON.stringify(body)}`)
  return body.id
}

function report(rounds: Record<Phase, Measured>[]): void {
  const column = (phase: Phase, read: (measured: Measured) => number) => rounds.map((round) => read(round[phase]))
  const show = (phase: Phase, read: (measured: Measured) => number, digits = 0) =>
    formatFigures(figuresOf(column(phase, read)), digits)
  console.log(
    `\n${STREAMS} streams, ${REQUESTS} requests in each phase, ${rounds.length} rounds; median (lowest–highest)`,
  )
  for (const phase of phases) {
    const medians = (of: Phase) => column(of, ({ medianMs }) => medianMs)
    const multiple = figuresOf(ratios(medians(phase), medians('without streams')))
    console.log(`\n${phase}`)
    console.log(`  median, ms                      ${show(phase, ({ medianMs }) => medianMs, 2)}`)
    console.log(`  as a multiple of no streams     ${formatFigures(multiple, 2)}`)
    console.log(`  95th percentile, ms             ${show(phase, ({ p95Ms }) => p95Ms, 2)}`)
    console.log(`  failed requests                 ${show(phase, ({ failed }) => failed)}`)
    console.log(`  CPU of the service, % of a core ${show(phase, ({ cpuPercent }) => cpuPercent)}`)
    console.log(`  resident memory, MB             ${show(phase, ({ residentBytes }) => residentBytes / 1_048_576)}`)
    console.log(
      `  streams open, lost              ${show(phase, ({ open }) => open)}, ${show(phase, ({ lost }) => lost)}`,
    )
  }
}

await main()
