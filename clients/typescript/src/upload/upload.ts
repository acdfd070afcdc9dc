import type { CallOptions } from '../call.ts'
import type { Client } from '../client.ts'
import type { Media, UploadMediaRequest } from '../generated/models.ts'
import { getTokenClaims, uploadMedia } from '../generated/operations.ts'
import { isProblem } from '../problem-error.ts'
import { randomId } from '../random-id.ts'
import { sendWithProgress, type UploadProgress } from './send-with-progress.ts'

export interface UploadOptions
  extends Omit<UploadMediaRequest, 'file'>, Pick<CallOptions, 'signal' | 'idempotencyKey'> {
  /** Called as bytes are sent. It starts again at 0 if the request must be repeated. */
  onProgress?: ((progress: UploadProgress) => void) | undefined
  /** The name of the file, for a `Blob`, which has none. */
  filename?: string | undefined
}

/**
 * Uploads one file. It returns when the file is stored; its sizes are rendered afterwards (`whenReady`).
 *
 * The upload has one `Idempotency-Key`, so repetitions by the client create one media.
 *
 * @example
 *   const media = await upload(client, input.files[0], { alt: 'A beach', onProgress: ({ ratio }) => (bar.value = ratio) })
 *
 * @throws {ProblemError} such as `unsupported-media-type`, `file-too-large`, `too-many-pixels`
 * @throws the reason of the signal, if it is aborted
 */
export async function upload(
  client: Client,
  file: Blob,
  { signal, idempotencyKey, onProgress, filename, ...fields }: UploadOptions = {},
): Promise<Media> {
  const named = filename === undefined ? file : new File([file], filename, { type: file.type })
  const fetch = onProgress && sendWithProgress(client.fetch, file.size, onProgress)
  const options = { signal, idempotencyKey: idempotencyKey ?? randomId(), fetch }
  const token = await client.auth.token()
  // The server returns 207 only for several files.
  const send = async () => (await uploadMedia(client, { file: [named], ...fields }, options)) as Media
  try {
    return await send()
  } catch (error) {
    if (!isConnectionLost(error)) throw error
    await getTokenClaims(client, { signal })
    if ((await client.auth.token()) === token) throw error
    return send()
  }
}

/**
 * Whether the connection was closed during the upload: `fetch` throws a TypeError, and a proxy returns 502. A server that
 * rejects the token does not read the file and closes the connection, so its 401 can be lost on the way.
 */
const isConnectionLost = (error: unknown) =>
  isProblem(error) ? error.status === 502 : (error as Error).name === 'TypeError'
