import type { RoutingKey } from '@likeness/media-jobs'
import type { LivenessCheck } from '@likeness/service-kit/health'

/** Where a job stands, in this order: `wait` is for a slot, `lock` for the version's, `start` counts the attempt. */
export type Stage = 'wait' | 'lock' | 'read' | 'start' | 'source' | 'render' | 'store' | 'commit'

/** Hands the promise on, and notes that the job is in this stage from now on. */
export type Timed = <T>(stage: Stage, work: Promise<T>) => Promise<T>

interface JobStages {
  timed: Timed
  end(): void
}

export interface JobsInHand extends LivenessCheck {
  begin(job: { versionId: string; routingKey: RoutingKey }): JobStages
}

interface StagesOptions {
  /** The longest that a render may take, in milliseconds. */
  longestMs: Record<RoutingKey, number>
  /** Hears of every stage that has ended. */
  onEnd: (stage: Stage, seconds: number) => void
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

interface JobAt {
  versionId: string
  routingKey: RoutingKey
  stage: Stage
  since: number
}

/** Above the longest render: that its process starts first, and the time limits of database and store. */
const MARGIN_MS = 60_000

/** Follows the jobs in hand from stage to stage, to measure them, and to see when one stands still. */
export function followJobs({ longestMs, onEnd, now = () => performance.now() }: StagesOptions): JobsInHand {
  const inHand = new Set<JobAt>()
  return {
    name: 'jobs',
    begin: ({ versionId, routingKey }) => {
      const job: JobAt = { versionId, routingKey, stage: 'wait', since: now() }
      inHand.add(job)
      return {
        timed: async (stage, work) => {
          job.stage = stage
          job.since = now()
          try {
            return await work
          } finally {
            onEnd(stage, (now() - job.since) / 1_000)
            job.since = now()
          }
        },
        end: () => inHand.delete(job),
      }
    },
    // Who waits for a slot waits for the others.
    stuck: () => {
      for (const { versionId, routingKey, stage, since } of inHand) {
        const ms = now() - since
        if (stage !== 'wait' && ms > longestMs[routingKey] + MARGIN_MS)
          return `The job of version ${versionId} has been at "${stage}" for ${Math.round(ms / 1_000)} s`
      }
      return null
    },
  }
}
