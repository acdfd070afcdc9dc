import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findFreePort } from '@likeness/local-servers'
import { defaultPresets, fingerprintOf, presetsSchema, type Preset } from '@likeness/media-jobs'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { eventually, logInAs, send, startService, type Json, type ServiceProcess } from '@likeness/test-kit'

import { startPresets } from '../src/presets/follow-presets.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { finishVersion } from './rendered.ts'

const plain = defaultPresets.map(({ name, fit, width, height }) => ({
  name,
  fit,
  width,
  ...(height === null ? {} : { height }),
}))
/** Waits until a change of the file takes effect. */
const soon = <T>(attempt: () => Promise<T>) => eventually(attempt, { limitMs: 60_000 })

let folder: string
let file: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-presets-'))
  file = join(folder, 'presets.json')
  await write(plain)
})
afterAll(() => rm(folder, { recursive: true }))

const write = (presets: unknown) =>
  writeFile(file, typeof presets === 'string' ? presets : JSON.stringify(presets, null, 2))
const withWidth = (name: string, width: number) =>
  plain.map((preset) => (preset.name === name ? { ...preset, width } : preset))

describe('When presets come from a file', () => {
  let medias: MediasUnderTest
  let another: Awaited<ReturnType<MediasUnderTest['startAnother']>>
  const following: BackgroundTask[] = []
  let ada: Client
  let media: Json

  beforeAll(async () => {
    medias = await startMedias({ variables: { PRESETS_FILE: file } })
    another = await medias.startAnother()
    ada = medias.somebody()
    following.push(startPresets(medias.context), startPresets(another.context))
    media = (await ada.upload({ bytes: await drawPicture() })).body
    await finishVersion(medias, media.id)
  })
  afterAll(async () => {
    await Promise.all(following.map((task) => task.stop()))
    await another?.stop()
    await medias?.stop()
  })

  const shownBy = async (url: string): Promise<Json> => (await send('GET', `${url}/api/v1/presets`, ada)).body.data
  const namesOf = (presets: Json) => presets.map(({ name }: Preset) => name)
  const staleOf = async (url: string) => {
    const { body } = await send('GET', `${url}/api/v1/media/${media.id}`, ada)
    const stale = body.currentVersion.sizes.filter((size: Json) => size.stale)
    return [...new Set(stale.map(({ preset }: Json) => preset))]
  }
  const fleetPresets = async () => (await medias.rows('SELECT presets FROM fleet'))[0]?.['presets'] as Preset[]
  const inBoth = (check: (url: string) => Promise<unknown>) =>
    soon(async () => {
      await check(medias.url)
      await check(another.url)
    })

  it('then signed-in users see them in the order of the file, with defaults and fingerprints', async () => {
    expect((await medias.nobody.get('/presets')).status).toBe(401)
    const { status, body } = await ada.get('/presets')
    expect(status).toBe(200)
    expect(body).toEqual({
      data: defaultPresets.map((preset) => ({ ...preset, fingerprint: fingerprintOf(preset, null) })),
      page: { limit: 50, next: null },
    })
    const pages = [await ada.get('/presets?limit=4'), await ada.get('/presets?limit=4&after=large')]
    expect(pages.map((page) => page.body.data.length)).toEqual([4, 1])
    expect(pages.map((page) => page.body.page)).toEqual([
      { limit: 4, next: 'large' },
      { limit: 4, next: null },
    ])
    expect((await ada.get('/presets?limit=0')).status).toBe(422)
    expect((await ada.get('/presets?after=giant')).status).toBe(422)
    await soon(async () => expect(await fleetPresets()).toEqual(defaultPresets))
  })

  it('then a change takes effect in every service within seconds, and old sizes are stale but served', async () => {
    expect(await staleOf(medias.url)).toEqual([])
    await write(withWidth('small', 333))
    await inBoth(async (url) => expect((await shownBy(url))[1]).toMatchObject({ name: 'small', width: 333 }))
    await inBoth(async (url) => expect(await staleOf(url)).toEqual(['small']))
    expect((await ada.fetch(`/media/${media.id}/sizes/small`)).status).toBe(200)
    expect((await fleetPresets())[1]?.width).toBe(333)
  })

  it('then the file can be replaced by another one, as editors do', async () => {
    const written = join(folder, 'presets.json~')
    await writeFile(written, JSON.stringify(withWidth('large', 1300)))
    await rename(written, file)
    await inBoth(async (url) => expect(await staleOf(url)).toEqual(['large']))
    await rename(file, written)
    await write(plain)
    await inBoth(async (url) => expect(await staleOf(url)).toEqual([]))
  })

  it('then a size of a new preset is not ready yet, and sizes of a deleted preset are stale', async () => {
    await write([...plain.slice(1), { name: 'tiny', fit: 'width', width: 64 }])
    await inBoth(async (url) => expect(namesOf(await shownBy(url))).toEqual([...namesOf(plain).slice(1), 'tiny']))
    expect(await staleOf(medias.url)).toEqual(['thumb'])
    expect((await ada.fetch(`/media/${media.id}/sizes/thumb`)).status).toBe(200)
    expect((await ada.get(`/media/${media.id}/sizes/tiny`)).body).toMatchObject({
      code: 'size-not-ready',
      detail: expect.stringMatching('newer than the version'),
    })
    expect((await ada.get(`/media/${media.id}/sizes/huge`)).body.code).toBe('no-such-preset')
    await write(plain)
    await inBoth(async (url) => expect(namesOf(await shownBy(url))).toEqual(namesOf(plain)))
  })

  it('then an invalid or missing file changes nothing until it is valid again', async () => {
    for (const broken of ['[{', [{ ...plain[0], width: -1 }], []]) {
      await write(broken)
      // Longer than two intervals at which the file is read.
      await new Promise((resolve) => setTimeout(resolve, 1_200))
      expect(namesOf(await shownBy(medias.url))).toEqual(namesOf(plain))
    }
    await rm(file)
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(await fleetPresets()).toEqual(defaultPresets)
    await write(withWidth('medium', 600))
    await inBoth(async (url) => expect(await staleOf(url)).toEqual(['medium']))
    await write(plain)
    await inBoth(async (url) => expect(await staleOf(url)).toEqual([]))
  })

  it('then the fleet settings apply, unless another build wrote presets that this build cannot read', async () => {
    const publish = (presets: unknown) =>
      medias.rows('UPDATE fleet SET presets = CAST(:presets AS jsonb)', { presets: JSON.stringify(presets) })
    await publish(defaultPresets.map((preset) => ({ ...preset, background: '#fff' })))
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await shownBy(another.url)).toHaveLength(5)
    await publish(presetsSchema.parse(withWidth('xlarge', 2000)))
    await inBoth(async (url) => expect(await staleOf(url)).toEqual(['xlarge']))
    // A later change of the file takes effect again.
    await write(withWidth('xlarge', 2100))
    await inBoth(async (url) => expect((await shownBy(url))[4].width).toBe(2100))
    await write(plain)
    await inBoth(async (url) => expect(await staleOf(url)).toEqual([]))
  })

  it('then a change that could not be written to the database is written later', async () => {
    await medias.rows('ALTER TABLE fleet RENAME TO fleet_away')
    await write(withWidth('small', 300))
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(await staleOf(medias.url)).toEqual([])
    await medias.rows('ALTER TABLE fleet_away RENAME TO fleet')
    await inBoth(async (url) => expect(await staleOf(url)).toEqual(['small']))
    await write(plain)
    await inBoth(async (url) => expect(await staleOf(url)).toEqual([]))
  })

  it('then every error in the file is logged once', async () => {
    const port = await findFreePort()
    const service: ServiceProcess = await startService({
      folder: 'medias-service',
      environment: {
        NODE_ENV: 'test',
        HOST: '127.0.0.1',
        PORT: String(port),
        MEDIASDB_URL: logInAs('medias_service', medias.databaseUrl),
        AMQP_URL: logInAs('medias-service', medias.vhost.url),
        AMQP_TOPOLOGY: 'check',
        MEDIA_STORE_DIR: medias.storeFolder,
        AUTH_SERVICE_URL: 'http://127.0.0.1:9',
        PRESETS_FILE: file,
      },
      readyUrl: `http://127.0.0.1:${port}/readyz`,
    })
    const logged = (event: string) => service.log.filter((line) => line.event === event)
    try {
      await write([{ ...plain[0], width: 0 }, { name: 'b' }])
      await soon(async () => expect(logged('presets.refused')).toHaveLength(1))
      expect(logged('presets.refused')[0]).toMatchObject({
        level: 'error',
        file,
        faults: [
          'The preset "thumb": width must be at least 1.',
          'The preset "b": fit is required.',
          'The preset "b": width is required.',
        ],
      })
      await new Promise((resolve) => setTimeout(resolve, 1_200))
      expect(logged('presets.refused')).toHaveLength(1)
    } finally {
      await write(plain)
      await service.stop()
    }
  })
})

describe('When the presets file is invalid at startup', () => {
  it('then the service prints every error and exits with 1', async () => {
    const broken = join(folder, 'broken.json')
    await writeFile(
      broken,
      JSON.stringify([
        { ...plain[0], width: 0 },
        { name: 'b', fit: 'width', width: 1, depth: 2 },
      ]),
    )
    const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', 'src/main.ts'], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { PRESETS_FILE: broken },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
    const [code] = await once(child, 'close')
    expect({ code, output }).toEqual({
      code: 1,
      output:
        `medias-service: The presets file ${broken} cannot be used:\n` +
        '  - The preset "thumb": width must be at least 1.\n' +
        '  - The preset "b": depth is an unknown field.\n',
    })
  })
})
