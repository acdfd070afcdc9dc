import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { upload, type Person } from '@likeness/test-kit'
import pg from 'pg'

/** Waits for media to become ready. */
export interface ReadyListener {
  /** Resolves with the time at which the media was ready. */
  wait(mediaId: string): Promise<number>
  stop(): Promise<void>
}

/** Listens to the database's notifications of events, as the services do, and then reads the media. It never polls. */
export async function listenForReady(mediasDbUrl: string): Promise<ReadyListener> {
  const client = new pg.Client({ connectionString: mediasDbUrl })
  await client.connect()
  await client.query('LISTEN event')
  // Other clients, because several media can be awaited at the same time.
  const pool = new pg.Pool({ connectionString: mediasDbUrl })
  const isReady = async (mediaId: string): Promise<boolean> => {
    const { rows } = await pool.query<{ status: string }>('SELECT status FROM media WHERE id = $1', [mediaId])
    if (rows[0]?.status === 'failed') throw new Error(`The media ${mediaId} has failed`)
    return rows[0]?.status === 'ready'
  }
  return {
    wait: async (mediaId) => {
      for (;;) {
        const told = new Promise<void>((resolve) => client.once('notification', () => resolve()))
        if (await isReady(mediaId)) return performance.now()
        await told
      }
    },
    stop: async () => {
      await client.end()
      await pool.end()
    },
  }
}

/** @returns milliseconds from the 201 of an upload until its media is ready */
export async function uploadUntilReady(
  system: { mediasUrl: string },
  person: Person,
  ready: ReadyListener,
  path: string,
): Promise<number> {
  const bytes = await readFile(path)
  const { status, body } = await upload(system, person.accessToken, { bytes, name: 'camera.jpg' })
  const takenAt = performance.now()
  if (status !== 201) throw new Error(`The upload returned ${status}`)
  return (await ready.wait(body.id)) - takenAt
}

let copies = 0

/** Writes a JPEG with the same pixels but different bytes: a comment (marker FFFE) contains the number of the copy. */
export async function writeCopy(folder: string, picture: string): Promise<string> {
  const bytes = await readFile(picture)
  const comment = Buffer.from(`copy ${Date.now()} ${(copies += 1)}`)
  const marker = Buffer.from([0xff, 0xfe, 0, comment.length + 2])
  const path = join(folder, 'copy.jpg')
  await writeFile(path, Buffer.concat([bytes.subarray(0, 2), marker, comment, bytes.subarray(2)]))
  return path
}
