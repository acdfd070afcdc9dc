import type { OwnerState } from '@likeness/mediasdb'
import { eventually, send, type Answer, type Json } from '@likeness/test-kit'

import { drawPicture, type Client, type MediasUnderTest } from './medias-under-test.ts'

/** Tells of an owner as main-service does, with its token unless another is given. */
export const tell = (
  { url, tokens }: MediasUnderTest,
  ownerId: string,
  news: { state?: unknown; revision?: unknown },
  token = tokens.serviceToken('main-service'),
): Promise<Answer> => send('PUT', `${url}/internal/owners/${ownerId}`, { body: news, token })

/** The same, again and again until it is done: the last answer, with all the media that were moved. */
export async function tellUntilDone(
  medias: MediasUnderTest,
  ownerId: string,
  news: { state: OwnerState; revision: number },
): Promise<Json> {
  let media = 0
  for (;;) {
    const { status, body } = await tell(medias, ownerId, news)
    if (status !== 200) throw new Error(`It was answered ${status} ${body.code}`)
    media += body.media
    if (body.done) return { ...body, media }
  }
}

/** Gives an owner this many media without going through the door; their original is one and the same. */
export async function giveMany(medias: MediasUnderTest, owner: Client, count: number): Promise<void> {
  const { body } = await medias.somebody().upload({ bytes: await drawPicture() })
  await medias.rows(
    `WITH made AS (
       INSERT INTO media (id, owner_id, filename, mime_type, kind, status)
       SELECT gen_random_uuid(), :ownerId, 'many.png', 'image/png', 'image', 'ready' FROM generate_series(1, :count)
       RETURNING id
     )
     INSERT INTO media_version (id, media_id, number, blob_id, status, created_by)
     SELECT gen_random_uuid(), made.id, 1, blob.id, 'ready', :ownerId FROM made, blob WHERE sha256 = :sha256`,
    { ownerId: owner.id, count, sha256: body.currentVersion.sha256 },
  )
}

/** How many of an owner's media are so. */
export async function countOf({ rows }: MediasUnderTest, owner: Client, where = 'true'): Promise<number> {
  const [row] = await rows(`SELECT count(*) AS n FROM media WHERE owner_id = :id AND (${where})`, { id: owner.id })
  return Number(row?.['n'])
}

/** Resolves once somebody waits for a lock of this type in the database. */
export async function someoneWaits({ rows }: MediasUnderTest, locktype: string): Promise<void> {
  const locks = `SELECT FROM pg_locks WHERE NOT granted AND locktype = :locktype
                 AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`
  const isSo = async () => {
    if ((await rows(locks, { locktype })).length === 0) throw new Error(`Nobody waits for a ${locktype}`)
  }
  await eventually(isSo, { limitMs: 15_000, everyMs: 10 })
}
