import type { Priority } from '@likeness/media-jobs'
import type { LivenessCheck } from '@likeness/service-kit/health'

/**
 * The stages of a job, in order. `wait` waits for a slot, `lock` waits for the version's lock, and `start` counts the
 * attempt.
 */
export type Stage = 'wait' | 'lock' | 'read' | 'start' | 'source' | 'render' | 'store' | 'commit'

/** Sets the job's stage, waits for the promise, and returns its result. */
export type Timed = <T>(stage: Stage, work: Promise<T>) => Promise<T>

interface JobStages {
  timed: Timed
  end(): void
}

export interface JobsInFlight extends LivenessCheck {
  begin(job: { versionId: string; priority: Priority }): JobStages
}

interface StagesOptions {
  /** Time limits of a render, in milliseconds. */
  longestMs: Record<Priority, number>
  /** Called at the end of every stage. */
  onEnd: (stage: Stage, seconds: number) => void
  /** Milliseconds of a monotonic clock. */
  now?: () => number
}

interface JobAt {
  versionId: string
  priority: Priority
  stage: Stage
  since: number
}

/** Added to the time limit of a render, for the start of its process and the time limits of the database and the store. */
const MARGIN_MS = 60_000

/** Tracks the stages of in-flight jobs, to measure them and to detect stuck ones. */
export function followJobs({ longestMs, onEnd, now = () => performance.now() }: StagesOptions): JobsInFlight {
  const inFlight = new Set<JobAt>()
  return {
    name: 'jobs',
    begin: ({ versionId, priority }) => {
      const job: JobAt = { versionId, priority, stage: 'wait', since: now() }
      inFlight.add(job)
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
        end: () => inFlight.delete(job),
      }
    },
    // A job that waits for a slot is not stuck, but the jobs that have the slots may be stuck.
    stuck: () => {
      for (const { versionId, priority, stage, since } of inFlight) {
        const ms = now() - since
        if (stage !== 'wait' && ms > longestMs[priority] + MARGIN_MS)
          return `The job of version ${versionId} has been in the stage "${stage}" for ${Math.round(ms / 1_000)} s`
      }
      return null
    },
  }
}
