import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { ApiError, type ApiSession, type Media, type MediaSize } from './api-session.ts'

/** The outcome of a picture. */
export interface Outcome {
  name: string
  /** The path of the original on this machine. */
  original: string
  /** Milliseconds from the start of the upload until every size was ready or the picture had failed. */
  ms: number
  /** Null if the upload was rejected. */
  media: Media | null
  /** The reason for a failure: a stable code of the API. */
  failure: { code: string; message: string } | null
  /** Every size, with the path of its file relative to the work folder. */
  sizes: (MediaSize & { file: string })[]
}

/** Two concurrent uploads: while one is transferred, the other is stored. */
const uploaders = 2
const pollMs = 100
const limitMs = 180_000

/**
 * Uploads pictures, waits until each is ready or failed, and downloads every size.
 *
 * @param progressed called after every finished picture
 * @throws Error if the system fails: an error response that is not about the picture, a picture that is neither ready nor
 *   failed in time, or a size with another number of bytes than announced
 */
export async function processPictures(
  session: ApiSession,
  paths: string[],
  workFolder: string,
  progressed: (done: Outcome[]) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const waiting = paths.entries()
  const finished: Outcome[] = []
  const watching: Promise<void>[] = []
  const finish = (index: number, outcome: Outcome) => {
    outcomes[index] = outcome
    finished.push(outcome)
    progressed(finished)
  }
  const uploadNext = async () => {
    for (const [index, path] of waiting) {
      const startedAt = performance.now()
      const uploaded = await uploadOne(session, path)
      if (!('id' in uploaded)) {
        const ms = performance.now() - startedAt
        finish(index, { name: basename(path), original: path, ms, media: null, failure: uploaded, sizes: [] })
        continue
      }
      // A picture is rendered while the next one is uploaded.
      const watched = watchPicture(session, path, uploaded, startedAt, join(workFolder, 'sizes', String(index + 1)))
      watching.push(watched.then((outcome) => finish(index, outcome)))
      // A failure is thrown below, after all pictures have finished. Until then it must not end the process.
      watching.at(-1)?.catch(() => {})
    }
  }
  await Promise.all(Array.from({ length: uploaders }, uploadNext))
  await Promise.all(watching)
  return outcomes
}

async function uploadOne(session: ApiSession, path: string): Promise<Media | { code: string; message: string }> {
  try {
    return await session.upload(path)
  } catch (error) {
    // Only these statuses mean that the API rejected the picture.
    if (error instanceof ApiError && error.status < 500 && ![401, 403, 404].includes(error.status)) {
      return { code: error.code, message: error.message }
    }
    throw error
  }
}

async function watchPicture(
  session: ApiSession,
  path: string,
  uploaded: Media,
  startedAt: number,
  folder: string,
): Promise<Outcome> {
  const media = await waitUntilFinished(session, uploaded.id, basename(path), startedAt)
  const outcome = { name: basename(path), original: path, ms: performance.now() - startedAt, media }
  const failure =
    media.status === 'failed'
      ? (media.currentVersion.error ?? { code: 'unknown', message: 'The API returned no reason' })
      : null
  const sizes = []
  await mkdir(folder, { recursive: true })
  for (const size of media.status === 'ready' ? media.currentVersion.sizes : []) {
    const bytes = await session.download(media.id, size)
    if (bytes.length !== size.bytes) {
      throw new Error(`${outcome.name}: ${size.preset}.${size.format} has ${bytes.length} bytes, not ${size.bytes}`)
    }
    const file = `${size.preset}.${size.format}`
    await writeFile(join(folder, file), bytes)
    sizes.push({ ...size, file: join('sizes', basename(folder), file) })
  }
  return { ...outcome, failure, sizes }
}

async function waitUntilFinished(session: ApiSession, id: string, name: string, startedAt: number): Promise<Media> {
  for (;;) {
    const media = await session.readMedia(id)
    if (media.status !== 'processing') return media
    if (performance.now() - startedAt > limitMs) {
      throw new Error(`${name} is neither ready nor failed after ${limitMs / 1000} s`)
    }
    await pause(pollMs)
  }
}
