import type { OwnerState } from '@likeness/mediasdb'
import { eventually, send, type Answer, type Json } from '@likeness/test-kit'

import { drawPicture, formOf, type Client, type MediasUnderTest } from './medias-under-test.ts'

/** Reports the state of an owner like main-service, by default with its token. */
export const reportState = (
  { url, tokens }: MediasUnderTest,
  ownerId: string,
  report: { state?: unknown; revision?: unknown },
  token = tokens.serviceToken('main-service'),
): Promise<Answer> => send('PUT', `${url}/internal/owners/${ownerId}`, { body: report, token })

/** Repeats the report until it is done. @returns the last answer, with the number of all media that were moved */
export async function reportUntilDone(
  medias: MediasUnderTest,
  ownerId: string,
  report: { state: OwnerState; revision: number },
): Promise<Json> {
  let media = 0
  for (;;) {
    const { status, body } = await reportState(medias, ownerId, report)
    if (status !== 200) throw new Error(`The answer was ${status} ${body.code}`)
    media += body.media
    if (body.done) return { ...body, media }
  }
}

/** The actions of tests about owners. @param medias returns the service, which starts after the call */
export const ownerActions = (medias: () => MediasUnderTest) => {
  const upload = async (client: Client, fields = {}, bytes?: Buffer): Promise<Json> =>
    (await client.upload({ bytes: bytes ?? (await drawPicture()) }, fields)).body
  return {
    upload,
    report: async (owner: Client, state: OwnerState, revision: number): Promise<Json> =>
      (await reportState(medias(), owner.id, { state, revision })).body,
    untilDone: (owner: Client, state: OwnerState, revision: number) =>
      reportUntilDone(medias(), owner.id, { state, revision }),
    trash: (client: Client, id: string) => client.send('DELETE', `/media/${id}`),
    addVersion: async (client: Client, id: string) =>
      client.send('POST', `/media/${id}/versions`, formOf({ bytes: await drawPicture() })),
  }
}

/** Inserts media of an owner into the database. All have the same original. */
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

/** The number of an owner's media that match a condition. */
export async function countOf({ rows }: MediasUnderTest, owner: Client, where = 'true'): Promise<number> {
  const [row] = await rows(`SELECT count(*) AS n FROM media WHERE owner_id = :id AND (${where})`, { id: owner.id })
  return Number(row?.['n'])
}

/** Waits until a transaction waits for a lock of this type. */
export async function waitUntilBlocked({ rows }: MediasUnderTest, locktype: string): Promise<void> {
  const locks = `SELECT FROM pg_locks WHERE NOT granted AND locktype = :locktype
                 AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`
  const isSo = async () => {
    if ((await rows(locks, { locktype })).length === 0)
      throw new Error(`No transaction waits for a lock of the type ${locktype}`)
  }
  await eventually(isSo, { limitMs: 60_000, everyMs: 10 })
}
