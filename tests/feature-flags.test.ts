import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  makeCameraPicture,
  readMetrics,
  registerSomebody,
  send,
  settled,
  startGrowthbook,
  startSystem,
  upload,
  type GrowthbookServer,
  type Json,
  type Person,
  type System,
} from '@likeness/test-kit'

let growthbook: GrowthbookServer
let system: System
let ada: Person
let bob: Person
let carol: Person
let path: string

beforeAll(async () => {
  growthbook = await startGrowthbook()
  const environment = {
    'main-service': { GROWTHBOOK_API_HOST: growthbook.url, GROWTHBOOK_CLIENT_KEY: growthbook.clientKey },
    'medias-service': { FEATURE_SECONDS: '2' },
  }
  system = await startSystem({ workers: 1, environment })
  ;[ada, bob, carol] = await Promise.all([
    registerSomebody(system, 'Ada'),
    registerSomebody(system, 'Bob'),
    registerSomebody(system, 'Carol'),
  ])
  const { bytes } = await makeCameraPicture()
  const file = { bytes, name: 'beach.jpg' }
  const { body } = await upload(system, ada.accessToken, file, { visibility: 'public' })
  await settled(system, ada.accessToken, body.id)
  path = `${system.mediasUrl}/api/v1/media/${body.id}/sizes/thumb`
})
afterAll(async () => {
  await system?.stop()
  await growthbook?.stop()
})

const accept = 'image/avif,image/webp,image/*,*/*;q=0.8'

async function deliveredTo(person: Person | undefined, address = path): Promise<string | null> {
  const token = person ? { authorization: `Bearer ${person.accessToken}` } : {}
  const response = await fetch(address, { headers: { accept, ...token } })
  await response.arrayBuffer()
  return response.headers.get('content-type')
}

/** The number of requests of medias-service to main-service. */
async function questions(): Promise<number> {
  const metrics = await readMetrics(system.mainUrl)
  const [, count] =
    /likeness_http_request_duration_seconds_count\{[^}]*route="\/features\/evaluate"[^}]*\} (\d+)/.exec(metrics) ?? []
  return Number(count ?? 0)
}

const felt = (attempt: () => Promise<void>) => eventually(attempt, { limitMs: 60_000, everyMs: 200 })

describe('When GrowthBook defines the feature `media-avif`', () => {
  it('then it decides for each caller whether Accept can select AVIF, and AVIF by name works for all', async () => {
    for (const person of [undefined, ada, bob]) expect(await deliveredTo(person)).toBe('image/avif')

    const rules = [{ condition: { id: ada.id }, force: false }]
    growthbook.publish({ 'media-avif': { defaultValue: true, rules } })
    await felt(async () => expect(await deliveredTo(ada)).toBe('image/jpeg'))
    expect(await deliveredTo(ada, `${path}.avif`)).toBe('image/avif')
    expect(await deliveredTo(bob)).toBe('image/avif')

    growthbook.publish({ 'media-avif': { defaultValue: false } })
    await felt(async () => expect(await deliveredTo(undefined)).toBe('image/jpeg'))
    expect(await deliveredTo(undefined, `${path}.avif`)).toBe('image/avif')
    const onlyAvif = await send('GET', path, { headers: { accept: 'image/avif' } })
    expect([onlyAvif.status, onlyAvif.body.code]).toEqual([406, 'not-acceptable'])
  })

  it('then many deliveries cause only a few requests to main-service', async () => {
    await deliveredTo(bob)
    const before = await questions()
    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 10 }, () => deliveredTo(bob)))
    expect((await questions()) - before).toBeLessThanOrEqual(2)
  })
})

describe('When main-service hangs', () => {
  it('then deliveries continue with the last known value, or the default', async () => {
    growthbook.publish({ 'media-avif': { defaultValue: false } })
    await felt(async () => expect(await deliveredTo(bob)).toBe('image/jpeg'))
    // medias-service has its token for main-service, but no cached features of Carol.
    system.main.freeze()
    try {
      const linesBefore = system.medias.log.length
      expect(await deliveredTo(carol)).toBe('image/avif')
      // A delivery waits 200 ms for flags. This is measured in the log of the service, because this process can read the
      // response late.
      const delivery = await eventually(
        () => {
          const done = system.medias.log.slice(linesBefore).find(({ path: asked }) => path.endsWith(String(asked)))
          if (done === undefined) throw new Error('medias-service has not logged the delivery yet')
          return done
        },
        { limitMs: 60_000 },
      )
      expect(delivery['ms']).toBeLessThan(1_000)
      expect(await deliveredTo(bob)).toBe('image/jpeg')
    } finally {
      system.main.thaw()
    }
    await felt(async () => expect(await deliveredTo(carol)).toBe('image/jpeg'))
  })
})

describe('When a user sees an experiment', () => {
  it('then the exposure is logged once, with the user, the experiment and the variation', async () => {
    const meta = [{ key: 'control' }, { key: 'bold' }]
    const rules = [{ key: 'banner-test', variations: ['grey', 'red'], weights: [0, 1], meta, hashAttribute: 'id' }]
    growthbook.publish({ banner: { defaultValue: 'none', rules } })
    const ask = () => send('GET', `${system.mainUrl}/api/v1/features/banner`, { token: bob.accessToken })
    await felt(async () => expect((await ask()).body).toEqual({ key: 'banner', value: 'red', source: 'experiment' }))
    await ask()

    const exposures = system.main.log.filter(({ event }) => event === 'experiment.exposed')
    expect(exposures).toHaveLength(1)
    expect(exposures[0]).toMatchObject({
      experiment: 'banner-test',
      variation: 'bold',
      feature: 'banner',
      by: 'id',
      who: bob.id,
    })
  })
})

describe('When main-service starts while GrowthBook has turned a feature off', () => {
  it('then the feature is off from the first response on, and main-service stops in time', async () => {
    growthbook.publish({ registration: { defaultValue: false } })
    const { log } = system.main
    await system.main.stop()
    expect((await system.main.exited).code).toBe(0)
    const loggedAt = (name: string) => Date.parse(String(log.find(({ event }) => event === name)?.['time']))
    expect(loggedAt('process.stopped') - loggedAt('process.stopping')).toBeLessThan(5_000)
    await eventually(() => expect(growthbook.streams()).toBe(0), { limitMs: 60_000 })

    const answers: Json[] = []
    const restarted = system.restart('main-service')
    const asking = eventually(
      async () => {
        answers.push((await send('GET', `${system.mainUrl}/api/v1/features/registration`)).body)
      },
      { limitMs: 60_000, everyMs: 10 },
    )
    await Promise.all([restarted, asking])
    expect(answers).toEqual([{ key: 'registration', value: false, source: 'defaultValue' }])
  })
})
