import { describe, expect, it } from '@jest/globals'

import { followJobs, type Stage } from './stages.ts'

describe('in-flight jobs', () => {
  let now = 0
  const ended: [Stage, number][] = []
  const follow = () =>
    followJobs({
      longestMs: { interactive: 60_000, bulk: 600_000 },
      onEnd: (stage, seconds) => void ended.push([stage, seconds]),
      now: () => now,
    })
  const never = new Promise<never>(() => undefined)

  it('report the duration of each stage, including one that failed', async () => {
    const { timed, end } = follow().begin({ versionId: 'one', priority: 'interactive' })
    const lasting = (ms: number): Promise<void> => Promise.resolve().then(() => void (now += ms))
    await timed('read', lasting(250))
    await expect(
      timed(
        'store',
        lasting(500).then(() => Promise.reject(new Error('full'))),
      ),
    ).rejects.toThrow('full')
    end()
    expect(ended).toEqual([
      ['read', 0.25],
      ['store', 0.5],
    ])
  })

  it('are stuck when one has been in a stage for longer than the time limit', () => {
    const jobs = follow()
    void jobs.begin({ versionId: 'upload', priority: 'interactive' }).timed('render', never)
    void jobs.begin({ versionId: 'old', priority: 'bulk' }).timed('render', never)
    now += 120_000
    expect(jobs.stuck()).toBeNull()
    now += 1_000
    expect(jobs.stuck()).toBe('The job of version upload has been in the stage "render" for 121 s')
  })

  it('are not stuck while they enter new stages, wait for a slot, or have ended', async () => {
    const jobs = follow()
    const moving = jobs.begin({ versionId: 'moving', priority: 'interactive' })
    void jobs.begin({ versionId: 'waiting', priority: 'bulk' }).timed('wait', never)
    const done = jobs.begin({ versionId: 'done', priority: 'interactive' })
    void done.timed('commit', never)
    done.end()
    for (const stage of ['render', 'store'] as const) {
      await moving.timed(stage, Promise.resolve())
      now += 100_000
      expect(jobs.stuck()).toBeNull()
    }
    now += 10_000_000
    expect(jobs.stuck()).toMatch(/version moving has been in the stage "store"/)
  })
})
