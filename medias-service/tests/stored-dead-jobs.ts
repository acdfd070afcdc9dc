import { EXCHANGE, type RenderJob } from '@likeness/media-jobs'
import { eventually, type Json } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import type { MediasUnderTest } from './medias-under-test.ts'

/** The job of a version, as its upload enqueued it. */
export async function jobOf({ rows }: MediasUnderTest, { id }: Json, number = 1): Promise<RenderJob> {
  const [version] = await rows('SELECT id FROM media_version WHERE media_id = :id AND number = :number', { id, number })
  return { contract: 1, kind: 'render', mediaId: id, versionId: String(version?.['id']) }
}

/** The headers of a job that failed because the picture is corrupt. */
export const corrupt = { 'x-code': 'corrupt-image', 'x-reason': 'Cut short' }

/** Publishes a message to media.jobs.dead, like a worker or the broker. @returns its id */
export async function sendDead(
  medias: MediasUnderTest,
  content: unknown,
  headers: Record<string, unknown> = corrupt,
  messageId: string = uuidv7(),
): Promise<string> {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
  await sendMessages(medias, 'dead', [{ content: bytes, headers, messageId }])
  return messageId
}

interface SentMessage {
  content: Buffer
  headers?: Record<string, unknown>
  messageId?: string
}

/** Publishes messages to the queue of a routing key. */
export async function sendMessages({ broker }: MediasUnderTest, routingKey: string, messages: SentMessage[]) {
  const kept = broker.keepChannel()
  const channel = await eventually(
    async () => {
      const current = kept.current()
      if (!current) throw new Error('There is no channel yet')
      return current
    },
    { limitMs: 60_000 },
  )
  for (const { content, ...properties } of messages) channel.publish(EXCHANGE, routingKey, content, properties)
  await channel.waitForConfirms()
  await kept.close()
}

interface StoredDeadJob {
  id?: string
  code?: string
  reason?: string
  routingKey?: 'interactive' | 'bulk'
  isJob?: boolean
  payload?: unknown
  attempts?: unknown[]
  /** ISO 8601. */
  failedAt?: string
}

/** Inserts a row into dead_job. The version of the job does not change. */
export async function insertDeadJob(
  { rows }: MediasUnderTest,
  job: RenderJob | null,
  stored: StoredDeadJob = {},
): Promise<string> {
  const {
    id = uuidv7(),
    code = 'corrupt-image',
    reason = 'Cut short',
    routingKey = 'interactive',
    isJob = true,
    attempts = [],
  } = stored
  await rows(
    `INSERT INTO dead_job (id, media_id, version_id, code, reason, routing_key, is_job, payload, attempts, failed_at)
     VALUES (:id, :mediaId, :versionId, :code, :reason, :routingKey, :isJob, :payload, :attempts, :failedAt)`,
    {
      id,
      mediaId: job?.mediaId ?? null,
      versionId: job?.versionId ?? null,
      code,
      reason,
      routingKey,
      isJob,
      payload: JSON.stringify(stored.payload ?? job),
      attempts: JSON.stringify(attempts),
      failedAt: stored.failedAt ?? new Date().toISOString(),
    },
  )
  return id
}

/** Fails a version like the dead-job consumer, and stores its dead job. @returns the id of the dead job */
export async function failAndStore(
  medias: MediasUnderTest,
  media: Json,
  stored: StoredDeadJob & { number?: number } = {},
) {
  const job = await jobOf(medias, media, stored.number)
  await medias.rows(
    `UPDATE media_version SET status = 'failed', error_code = 'corrupt-image', error_message = 'Cut short', attempts = 2,
       starts = '[{"worker": "w", "startedAt": "2026-01-31T12:00:00.000Z"}]', started_at = now(), completed_at = now()
     WHERE id = :versionId`,
    { ...job },
  )
  await medias.rows(`UPDATE media SET status = 'failed' WHERE id = :mediaId AND current_version_id = :versionId`, {
    ...job,
  })
  return insertDeadJob(medias, job, stored)
}
