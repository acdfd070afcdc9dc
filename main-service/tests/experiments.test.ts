import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createLogger } from '@likeness/service-kit/process'
import { eventually, startGrowthbook, type GrowthbookServer } from '@likeness/test-kit'
import pg from 'pg'

import { createContext, type Context } from '../src/context.ts'
import { startMain, type MainUnderTest } from './main-under-test.ts'

let growthbook: GrowthbookServer
let main: MainUnderTest
const replicas: Context[] = []

beforeAll(async () => {
  growthbook = await startGrowthbook()
  main = await startMain({ GROWTHBOOK_API_HOST: growthbook.url, GROWTHBOOK_CLIENT_KEY: growthbook.clientKey })
  await eventually(() => expect(growthbook.streams()).toBe(1), { limitMs: 60_000 })
})
afterEach(async () => {
  await Promise.all(replicas.splice(0).map((replica) => replica.close()))
})
afterAll(async () => {
  await main?.stop()
  await growthbook?.stop()
})

/** An experiment in the format of GrowthBook's API. */
const experiment = (key: string, weights: number[], names = ['control', 'bold']) => ({
  [key]: {
    defaultValue: 'off',
    rules: [
      {
        key: `${key}-test`,
        seed: `${key}-test`,
        hashAttribute: 'id',
        hashVersion: 2,
        bucketVersion: 1,
        phase: '0',
        coverage: 1,
        weights,
        variations: names,
        meta: names.map((name, index) => ({ key: `${index}-${name}`, name })),
      },
    ],
  },
})

let published = 0

/** Publishes features, and waits until these replicas have read them. */
async function publish(features: object, contexts = [main.context]): Promise<void> {
  const mark = `mark-${++published}`
  growthbook.publish({ ...features, [mark]: { defaultValue: true } })
  for (const { features: read } of contexts) {
    await eventually(async () => expect(await read.evaluate(mark, {})).toBeDefined(), { limitMs: 60_000, everyMs: 10 })
  }
}

/** Another replica of main-service with the same database. */
async function startReplica(): Promise<Context> {
  const logger = createLogger({ service: 'main-service', level: 'silent' })
  const streams = growthbook.streams()
  const replica = await createContext(main.context.environment, logger, { keys: main.tokens.keys })
  replicas.push(replica)
  await eventually(() => expect(growthbook.streams()).toBe(streams + 1), { limitMs: 60_000 })
  return replica
}

const people = async (name: string, count: number) =>
  Promise.all(Array.from({ length: count }, async (_, index) => (await main.register(`${name} ${index}`)).id))

const valueOf = async ({ features }: Context, key: string, id: string) => (await features.evaluate(key, { id }))?.value
const valuesOf = (context: Context, key: string, ids: string[]) =>
  Promise.all(ids.map((id) => valueOf(context, key, id)))

const bucketsKept = async (ids: string[]) =>
  (await main.context.maindb.rows('SELECT user_id::text AS id FROM feature_bucket')).filter(({ id }: { id?: string }) =>
    ids.includes(String(id)),
  ).length
const areKept = (ids: string[]) =>
  eventually(async () => expect(await bucketsKept(ids)).toBe(ids.length), { limitMs: 60_000 })

describe('When a feature is rolled out to a part of the users', () => {
  it('then each user has the same value in every replica, and keeps it when the part grows', async () => {
    const ids = await people('Roller', 20)
    const replica = await startReplica()
    const rollout = (coverage: number) => ({
      editor: { defaultValue: false, rules: [{ force: true, coverage, hashAttribute: 'id' }] },
    })
    await publish(rollout(0.5), [main.context, replica])
    const first = await valuesOf(main.context, 'editor', ids)
    expect(new Set(first)).toEqual(new Set([true, false]))
    expect(await valuesOf(replica, 'editor', ids)).toEqual(first)
    expect(await bucketsKept(ids)).toBe(0)

    await publish(rollout(0.9), [main.context])
    const later = await valuesOf(main.context, 'editor', ids)
    expect(later.filter(Boolean).length).toBeGreaterThan(first.filter(Boolean).length)
    expect(first.every((had, index) => !had || later[index])).toBe(true)
  })
})

describe('When an experiment changes', () => {
  it('then users keep their variation, in every replica and after a restart, and new users get the new weights', async () => {
    const ids = await people('Early', 12)
    const late = await people('Late', 6)
    await publish(experiment('layout', [0.5, 0.5]))
    const first = await valuesOf(main.context, 'layout', ids)
    expect(new Set(first)).toEqual(new Set(['control', 'bold']))
    await areKept(ids)

    await publish(experiment('layout', [0, 1]))
    expect(await valuesOf(main.context, 'layout', ids)).toEqual(first)
    // An evaluation waits at most 500 ms for maindb. On a busy machine, the hash can determine the first values.
    const restarted = await startReplica()
    await eventually(async () => expect(await valuesOf(restarted, 'layout', ids)).toEqual(first), { limitMs: 60_000 })
    expect(new Set(await valuesOf(main.context, 'layout', late))).toEqual(new Set(['bold']))
  })

  it('then the first of two replicas that assign a variation at the same time wins', async () => {
    const [id = ''] = await people('Torn', 1)
    const replica = await startReplica()
    await publish(experiment('torn', [0, 1]), [main.context, replica])
    // The replica has cached that this user has no bucket, and does not see the bucket that main.context stores.
    await publish({ ...experiment('torn', [0, 1]), ...experiment('other', [1, 0]) }, [main.context, replica])
    expect(await valueOf(replica, 'other', id)).toBe('control')
    expect(await valueOf(main.context, 'torn', id)).toBe('bold')
    await eventually(
      async () =>
        expect(await main.context.maindb.rows('SELECT 1 FROM feature_bucket WHERE user_id = :id', { id })).toHaveLength(
          2,
        ),
      { limitMs: 60_000 },
    )

    await publish(experiment('torn', [1, 0]), [main.context, replica])
    expect(await valueOf(replica, 'torn', id)).toBe('control')

    await eventually(async () => expect(await valueOf(replica, 'torn', id)).toBe('bold'), { limitMs: 60_000 })
    expect(await valueOf(main.context, 'torn', id)).toBe('bold')
  })

  it('then a user whose variation was removed gets another one, and keeps it', async () => {
    const [id = ''] = await people('Orphan', 1)
    await publish(experiment('colour', [0, 1], ['grey', 'red']))
    expect(await valueOf(main.context, 'colour', id)).toBe('red')
    await areKept([id])

    await publish(experiment('colour', [0, 1], ['grey', 'blue']))
    expect(await valueOf(main.context, 'colour', id)).toBe('blue')
    const kept = () =>
      main.context.maindb.row<{ variation: string }>('SELECT variation FROM feature_bucket WHERE user_id = :id', { id })
    await eventually(async () => expect((await kept())?.variation).toBe('1-blue'), { limitMs: 60_000 })

    await publish(experiment('colour', [1, 0], ['grey', 'blue']))
    expect(await valueOf(await startReplica(), 'colour', id)).toBe('blue')
  })

  it('then users keep variations without names too', async () => {
    const [id = ''] = await people('Filed', 1)
    const rule = (weights: number[]) => ({ plain: { rules: [{ key: 'plain', variations: ['a', 'b'], weights }] } })
    await publish(rule([1, 0]))
    expect(await valueOf(main.context, 'plain', id)).toBe('a')
    await publish(rule([0, 1]))
    expect(await valueOf(main.context, 'plain', id)).toBe('a')
  })
})

describe('When maindb does not answer', () => {
  let lock: pg.Client
  const hold = async () => {
    lock = new pg.Client({ connectionString: main.context.environment.MAINDB_URL })
    await lock.connect()
    await lock.query('BEGIN; LOCK TABLE feature_bucket IN ACCESS EXCLUSIVE MODE')
  }
  /** The number of statements that wait for the lock. */
  const hanging = async (): Promise<number> => {
    const { rows } = await lock.query(
      `SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'SELECT experiment%'`,
    )
    return rows.length
  }

  it('then features without an experiment do not query it', async () => {
    const [id = ''] = await people('Calm', 1)
    await publish({ ...experiment('layout', [0.5, 0.5]), plain: { defaultValue: 'as ever' } })
    await hold()
    try {
      expect(await valueOf(main.context, 'plain', id)).toBe('as ever')
      expect(await main.context.features.isOn('registration', { id })).toBe(true)
      expect((await main.context.features.evaluate('layout', {}))?.value).toBe('off')
      expect(await hanging()).toBe(0)
    } finally {
      await lock.end()
    }
  })

  it('then an experiment is still evaluated, and the bucket is stored when maindb answers again', async () => {
    const [id = ''] = await people('Patient', 1)
    await publish(experiment('layout', [0.5, 0.5]))
    await hold()
    try {
      const before = Date.now()
      const value = await valueOf(main.context, 'layout', id)
      expect(['control', 'bold']).toContain(value)
      expect(Date.now() - before).toBeLessThan(3_000)
      expect(await hanging()).toBe(1)
      expect(await valueOf(main.context, 'layout', id)).toBe(value)
      expect(await hanging()).toBe(1)
    } finally {
      await lock.end()
    }
    await eventually(async () => expect(await bucketsKept([id])).toBe(1), { limitMs: 60_000 })
  })
})

describe('When an experiment is shown', () => {
  it('then each user is counted once, however often the feature is evaluated', async () => {
    const ids = await people('Viewer', 3)
    await publish(experiment('banner', [1, 0]))
    for (let round = 0; round < 3; round++) await valuesOf(main.context, 'banner', ids)
    await main.context.features.all({ id: String(ids[0]) })

    const { text } = await main.root.get('/metrics')
    expect(text).toMatch(/likeness_feature_exposures_total\{experiment="banner-test",variation="0-control",[^}]*\} 3\n/)
    expect(text).toMatch(
      /likeness_feature_evaluations_total\{feature="banner",source="experiment",on="true",[^}]*\} 10\n/,
    )
  })

  it('then a caller without any identity is in no experiment', async () => {
    await publish(experiment('banner', [1, 0]))
    expect((await main.nobody.get('/features/banner')).body).toEqual({
      key: 'banner',
      value: 'off',
      source: 'defaultValue',
    })
  })

  it('then an id that the client sends determines the variation, and is not stored', async () => {
    const [rule] = experiment('guest', [0.5, 0.5])['guest']?.rules ?? []
    await publish({
      guest: { defaultValue: 'off', rules: [{ ...rule, hashAttribute: 'id', fallbackAttribute: 'deviceId' }] },
    })
    const ask = async (deviceId: string) =>
      (await main.nobody.get(`/features/guest?attributes=${encodeURIComponent(JSON.stringify({ deviceId }))}`)).body
    const values = await Promise.all(Array.from({ length: 8 }, (_, index) => ask(`device-${index}`)))
    expect(new Set(values.map(({ source }) => source))).toEqual(new Set(['experiment']))
    expect(new Set(values.map(({ value }) => value)).size).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const kept = "SELECT 1 FROM feature_bucket WHERE experiment LIKE 'guest%'"
    expect(await main.context.maindb.rows(kept)).toEqual([])
  })
})

describe('When a definition cannot be evaluated', () => {
  it('then a gate has its own default, and another feature has its default value', async () => {
    const rules = [{ condition: { $not: null }, force: false }]
    await publish({
      registration: { rules },
      broken: { defaultValue: 'first', rules },
      'api-keys': {
        defaultValue: false,
        rules: [{ parentConditions: [{ id: 'api-keys', condition: {} }], force: true }],
      },
    })
    const { body } = await main.nobody.get('/features')
    expect(body.features).toMatchObject({ registration: true, broken: 'first', 'api-keys': true })
    expect((await main.nobody.get('/features/registration')).body.source).toBe('gate')
  })
})

describe('When another service requests features', () => {
  it('then it receives the values of the known features for the given attributes', async () => {
    await publish({
      'media-avif': {
        defaultValue: true,
        rules: [{ condition: { roles: { $elemMatch: { $eq: 'old' } } }, force: false }],
      },
    })
    const ask = (body: object) => main.auth.send('post', '/features/evaluate', body)
    const keys = ['media-avif', 'registration', 'unheard-of', 'media-avif']
    expect((await ask({ keys, attributes: { roles: ['old'] } })).body).toEqual({
      features: { 'media-avif': { value: false, source: 'force' }, registration: { value: true, source: 'gate' } },
    })
    expect((await ask({ keys, attributes: {} })).body.features['media-avif'].value).toBe(true)
    for (const body of [
      { keys },
      { keys: [], attributes: {} },
      { keys, attributes: { id: 'me' } },
      { keys, attributes: {}, more: 1 },
    ]) {
      expect((await ask(body)).status).toBe(422)
    }
  })
})
