import { fork } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, describe, expect, it } from '@jest/globals'
import { defaultPresets, PermanentError, RequeueError, TransientError } from '@likeness/media-jobs'
import { createLogger } from '@likeness/service-kit/process'
import { eventually } from '@likeness/test-kit'
import sharp from 'sharp'

import type { RenderedPicture } from '../src/picture/rendered-picture.ts'
import { RenderCrashError, startRenderChild } from '../src/render/render-child.ts'
import { createRenderPool, type RenderPool, type RenderPoolOptions } from '../src/render/render-pool.ts'
import { testSandbox } from './test-sandbox.ts'

const logger = createLogger({ service: 'test', level: 'silent' })
const unruly = fileURLToPath(new URL('./unruly-process.ts', import.meta.url))
const never = new AbortController().signal
const limits = { maxPixels: 1e8, maxSide: 2e4, maxFrames: 200, maxOutputBytes: 1e9 }

describe('render processes', () => {
  let pool: RenderPool
  let restarts = 0
  afterEach(() => pool.close())

  const start = (options: Partial<RenderPoolOptions> = {}): void => {
    restarts = 0
    pool = createRenderPool({
      sandbox: testSandbox,
      size: 2,
      cpuMs: 20_000,
      durationMs: 60_000,
      memoryBytes: 1_000_000_000,
      logger,
      onRestart: () => (restarts += 1),
      program: unruly,
      ...options,
    })
  }
  const render = (path: string, aborted = never, cpuMs?: number): Promise<RenderedPicture> =>
    pool.render({ path, presets: defaultPresets, focalPoint: null, limits }, aborted, cpuMs)
  const pidOf = async (path: string): Promise<number> => (await render(path)).facts.width
  const hasEnded = (pid: number): boolean => !existsSync(`/proc/${pid}`)

  it('render a real picture in a separate process', async () => {
    start({ program: fileURLToPath(new URL('../src/render/render-process.ts', import.meta.url)) })
    const folder = await mkdtemp(join(tmpdir(), 'likeness-pool-'))
    const path = join(folder, 'picture')
    for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const) {
      const canvas = sharp({ create: { width: 400, height: 300, channels: 3, background: 'orange' } })
      await canvas.toFormat(format).toFile(path)
      const { facts, files } = await render(path)
      expect(facts).toMatchObject({ width: 400, height: 300, format, dominantColor: expect.stringMatching(/^#f/) })
      expect(Buffer.isBuffer(files[0]?.bytes)).toBe(true)
    }
    await expect(render(join(folder, 'none'))).rejects.toBeInstanceOf(TransientError)
    await rm(folder, { recursive: true })
  })

  it('reject a picture with a code and continue', async () => {
    start()
    await expect(render('refuse')).rejects.toMatchObject({ code: 'not-an-image', message: 'The file contains a song.' })
    await expect(render('fail')).rejects.toBeInstanceOf(TransientError)
    await render('well')
    expect(restarts).toBe(0)
  })

  it.each(['crash', 'exit'])('that %s affect only their own picture', async (fault) => {
    start()
    const neighbour = render('slow')
    await expect(render(fault)).rejects.toBeInstanceOf(RenderCrashError)
    await expect(neighbour).resolves.toBeDefined()
    await expect(Promise.all([render('well'), render('well')])).resolves.toHaveLength(2)
    expect(restarts).toBe(1)
  })

  it('that exceed their limit of CPU time are killed, and the picture fails without a retry', async () => {
    start({ cpuMs: 700 })
    const neighbour = render('well')
    const error = await render('hang').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PermanentError)
    expect(error).toMatchObject({ code: 'render-timeout' })
    await expect(neighbour).resolves.toBeDefined()
  })

  it('may take longer than their limit of CPU time if the machine is busy', async () => {
    start({ cpuMs: 500 })
    // The process sleeps for a second.
    await expect(render('slow')).resolves.toBeDefined()
  })

  it('that hang without CPU time are killed, and the picture can be retried', async () => {
    start({ durationMs: 700 })
    await expect(render('wait /nowhere')).rejects.toBeInstanceOf(RenderCrashError)
    await expect(render('well')).resolves.toBeDefined()
  })

  it('that exceed the limit of CPU time of their picture are killed', async () => {
    start()
    const error = await render('hang', undefined, 500).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'render-timeout', message: 'The rendering took longer than 0.5 s.' })
  })

  it('that use too much memory are killed', async () => {
    start({ memoryBytes: 300_000_000 })
    await expect(render('eat')).rejects.toThrow(/memory/)
    await expect(render('well')).resolves.toBeDefined()
  })

  it('are killed when their picture is aborted', async () => {
    start()
    const stop = new AbortController()
    const aborted = render('hang', stop.signal)
    setTimeout(() => stop.abort(), 500)
    await expect(aborted).rejects.toBeInstanceOf(RequeueError)
  })

  it('are no longer waited for by a picture that is aborted', async () => {
    start({ size: 1 })
    const blocked = render('wait /nowhere', never).catch(() => 'killed')
    const stop = new AbortController()
    const waiting = render('well', stop.signal)
    stop.abort()
    await expect(waiting).rejects.toBeInstanceOf(RequeueError)
    await expect(render('well', stop.signal)).rejects.toBeInstanceOf(RequeueError)
    expect(pool.processes()).toBe(1)
    await pool.close()
    await expect(blocked).resolves.toBe('killed')
  })

  it('that the system cannot start are started later, without an error elsewhere', async () => {
    const notStarted: unknown[] = []
    const recording = { ...logger, warn: (fields: object) => notStarted.push(fields) } as unknown as typeof logger
    // With this invalid path, fork throws as it does when memory is short.
    start({ size: 1, program: '/nowhere\0/program.js', logger: recording })
    await eventually(() => expect(notStarted.length).toBeGreaterThan(1), { limitMs: 60_000 })
    expect(pool.processes()).toBe(0)
    expect(notStarted[0]).toMatchObject({ event: 'render-process.not-started' })
  })

  it('that died before a picture are replaced without failing it', async () => {
    start({ size: 1 })
    process.kill(await pidOf('well'), 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 200))
    await expect(render('well')).resolves.toBeDefined()
  })

  it('have ended when the pool is closed', async () => {
    start({ size: 1 })
    const pid = await pidOf('well')
    await pool.close()
    expect(hasEnded(pid)).toBe(true)
  })

  it('increase and decrease in number, and a superfluous busy process ends after its picture', async () => {
    start({ size: 1 })
    const first = await pidOf('well')
    pool.resize(3, 1_000_000_000)
    const pids = new Set(await Promise.all([pidOf('slow'), pidOf('slow'), pidOf('slow')]))
    expect(pids.size).toBe(3)
    expect(pids.has(first)).toBe(true)
    const rendering = [pidOf('slow'), pidOf('slow')]
    pool.resize(1, 1_000_000_000)
    // The idle process ends at once, the other superfluous process after its picture.
    expect(pool.processes()).toBe(2)
    const busy = await Promise.all(rendering)
    expect(pool.processes()).toBe(1)
    const last = await pidOf('well')
    expect(busy).toContain(last)
    for (const pid of pids)
      if (pid !== last) await eventually(() => expect(hasEnded(pid)).toBe(true), { limitMs: 60_000 })
    expect(restarts).toBe(0)
  })

  it('follow a changed memory limit', async () => {
    start()
    pool.resize(2, 150_000_000)
    await expect(render('eat')).rejects.toThrow(/memory/)
  })

  it('end after a picture if they still use more than half of the memory limit', async () => {
    start({ size: 1, memoryBytes: 500_000_000 })
    const first = await pidOf('well')
    expect(await pidOf('keep')).toBe(first)
    expect(await pidOf('well')).not.toBe(first)
    await eventually(() => expect(hasEnded(first)).toBe(true), { limitMs: 60_000 })
    expect(restarts).toBe(0)
  })

  it('end when they are idle and the memory limit is lowered', async () => {
    start({ size: 1, memoryBytes: 1_000_000_000 })
    const first = await pidOf('keep')
    pool.resize(1, 300_000_000)
    expect(await pidOf('well')).not.toBe(first)
    expect(restarts).toBe(0)
  })

  it('start on demand and end after an idle time, if the pool has one', async () => {
    start({ idleMs: 300 })
    expect(pool.processes()).toBe(0)
    const pid = await pidOf('well')
    expect(await pidOf('well')).toBe(pid)
    expect(pool.processes()).toBe(1)
    expect(await pool.residentBytes()).toBeGreaterThan(20_000_000)
    await eventually(() => expect(hasEnded(pid)).toBe(true), { limitMs: 60_000 })
    expect(pool.processes()).toBe(0)
    await expect(render('crash')).rejects.toBeInstanceOf(RenderCrashError)
    const rendered = Promise.all([render('slow'), render('slow'), render('well')])
    await eventually(() => expect(pool.processes()).toBe(2), { limitMs: 60_000 })
    await expect(rendered).resolves.toHaveLength(3)
    expect(restarts).toBe(1)
  })

  it("starts a process before its picture arrives, within the pool's size", async () => {
    start({ idleMs: 60_000, size: 1 })
    pool.prepare()
    pool.prepare()
    expect(pool.processes()).toBe(1)
    const pid = await pidOf('well')
    pool.prepare()
    expect(pool.processes()).toBe(1)
    expect(await pidOf('well')).toBe(pid)
  })

  it('with a lower priority apply it to every thread', async () => {
    start({ size: 1, niceness: 10 })
    const pid = await pidOf('slow')
    const nicenesses = readdirSync(`/proc/${pid}/task`).map((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
    })
    expect(nicenesses.length).toBeGreaterThan(1)
    expect(new Set(nicenesses)).toEqual(new Set([10]))
  })

  it.each(['slow', 'hang'])('end with their parent, even during a picture (%s)', async (behaviour) => {
    start()
    const parent = fork(fileURLToPath(new URL('./parent-process.ts', import.meta.url)), [behaviour], {
      execArgv: ['--conditions=source', '--import', 'tsx'],
    })
    const pid = await new Promise<number>((resolve) => parent.once('message', (message) => resolve(Number(message))))
    expect(hasEnded(pid)).toBe(false)
    parent.kill('SIGKILL')
    await eventually(() => expect(hasEnded(pid)).toBe(true), { limitMs: 60_000 })
  })
})

it('a render process counts as dead once it is killed, although its exit event comes later', async () => {
  const child = startRenderChild(unruly, { sandbox: testSandbox })
  expect(child.isAlive()).toBe(true)
  const ended = child.end()
  expect(child.isAlive()).toBe(false)
  await ended
})
