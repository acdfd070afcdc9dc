import { readFile } from 'node:fs/promises'

import { beforeAll, describe, expect, it } from '@jest/globals'
import {
  makeCameraPicture,
  readMetrics,
  registerSomebody,
  send,
  settled,
  sharedSystem,
  upload,
  type System,
} from '@likeness/test-kit'

/** The metrics of each process as text, before and after the requests of this file. */
let before: Record<string, string>
let after: Record<string, string>
let pictureBytes = 0

async function metricsOf({ mainUrl, authUrl, mediasUrl, workers }: System): Promise<Record<string, string>> {
  const { port } = workers[0]?.log.find(({ event }) => event === 'worker.listening') ?? {}
  const urls = { main: mainUrl, auth: authUrl, medias: mediasUrl, worker: `http://127.0.0.1:${String(port)}` }
  const read = Object.entries(urls).map(async ([name, url]) => [name, await readMetrics(url)] as const)
  return Object.fromEntries(await Promise.all(read))
}

beforeAll(async () => {
  const system = await sharedSystem()
  const { email, password, accessToken: token } = await registerSomebody(system)
  before = await metricsOf(system)

  for (const typed of [password, 'another password']) {
    await send('POST', `${system.authUrl}/api/v1/auth/login`, { body: { email, password: typed } })
  }
  const { bytes } = await makeCameraPicture({ width: 320, height: 240 })
  pictureBytes = bytes.length
  const { body: media } = await upload(system, token, { bytes, name: 'picture.jpg' })
  await upload(system, token, { bytes: Buffer.from('no picture'), name: 'text.txt' })
  await settled(system, token, media.id)
  const url = `${system.mediasUrl}/api/v1/media/${media.id}`
  const { headers } = await send('GET', `${url}/file`, { token })
  await send('GET', `${url}/file`, { token, headers: { 'If-None-Match': headers.get('etag') ?? '' } })
  await send('GET', `${url}/sizes/unknown`, { token })

  after = await metricsOf(system)
}, 60_000)

/** How much a counter has grown. */
function growthOf(process: string, series: string): number {
  const [name = '', labels = ''] = series.split(/[{}]/)
  const valueIn = (text = '') => {
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
    return Number(lines[0]?.split(' ').at(-1) ?? 0)
  }
  return valueIn(after[process]) - valueIn(before[process])
}

/** Type, help and labels of each metric. */
function describedIn(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', help = ''] of text.matchAll(/^# HELP (\S+) (.*)$/gm)) {
    const type = new RegExp(`^# TYPE ${name} (.*)$`, 'm').exec(text)?.[1]
    const series = new RegExp(`^${name}(?:_count)?\\{(.*)\\} `, 'm').exec(text)?.[1] ?? ''
    const labels = [...series.matchAll(/(\w+)="/g)].map(([, label]) => label).filter((label) => label !== 'le')
    found.set(name, JSON.stringify([type, help, series === '' ? 'no series' : labels.toSorted()]))
  }
  return found
}

describe('When Prometheus reads the metrics of all processes', () => {
  it('then each name has the prefix of Likeness, or is one that all Prometheus libraries share', () => {
    const names = Object.values(after).flatMap((text) => [...describedIn(text).keys()])

    expect(names.length).toBeGreaterThan(60)
    expect(names.filter((name) => !/^(likeness|process|nodejs)_/.test(name))).toEqual([])
  })

  it('then a name has the same type, help and labels in every process', () => {
    const meanings = new Map<string, Set<string>>()
    for (const text of Object.values(after)) {
      for (const [name, meaning] of describedIn(text)) {
        if (name.startsWith('likeness_') && !meaning.includes('no series')) {
          meanings.set(name, (meanings.get(name) ?? new Set()).add(meaning))
        }
      }
    }

    const inSeveral = [...meanings].filter(([, different]) => different.size > 1)
    expect(inSeveral).toEqual([])
    expect(meanings.has('likeness_outbox_waiting')).toBe(true)
  })

  it('then the page for operators explains each of them', async () => {
    const page = await readFile(new URL('../docs/operations.md', import.meta.url), 'utf8')
    const names = Object.values(after).flatMap((text) => [...describedIn(text).keys()])
    const own = [...new Set(names)].filter((name) => name.startsWith('likeness_'))

    expect(own.filter((name) => !new RegExp(`\`${name}[\`{]`).test(page))).toEqual([])
  })
})

describe('When people log in, upload and download', () => {
  it('then logins are counted by outcome', () => {
    expect(growthOf('auth', 'likeness_logins_total{outcome="succeeded"}')).toBe(1)
    expect(growthOf('auth', 'likeness_logins_total{outcome="invalid-credentials"}')).toBe(1)
  })

  it('then uploads are counted by outcome, with their bytes', () => {
    expect(growthOf('medias', 'likeness_uploads_total{outcome="stored"}')).toBe(1)
    expect(growthOf('medias', 'likeness_uploads_total{outcome="unsupported-media-type"}')).toBe(1)
    expect(growthOf('medias', 'likeness_uploaded_bytes_total{}')).toBe(pictureBytes)
  })

  it('then deliveries are counted by file and outcome, with the bytes that were sent', () => {
    expect(growthOf('medias', 'likeness_deliveries_total{file="original",outcome="sent"}')).toBe(1)
    expect(growthOf('medias', 'likeness_deliveries_total{file="original",outcome="not-modified"}')).toBe(1)
    expect(growthOf('medias', 'likeness_deliveries_total{file="size",outcome="rejected"}')).toBe(1)
    expect(growthOf('medias', 'likeness_delivered_bytes_total{file="original"}')).toBe(pictureBytes)
  })

  it('then the outboxes count what they delivered', () => {
    expect(growthOf('medias', 'likeness_outbox_deliveries_total{kind="job",outcome="delivered"}')).toBe(1)
  })
})
