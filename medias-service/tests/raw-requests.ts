import { request } from 'node:http'

import type { Answer } from '@likeness/test-kit'

import type { Client } from './medias-under-test.ts'

const BOUNDARY = 'frontier'

export const multipart = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }

/** A part of a multipart body: its header lines and its content. */
export interface RawPart {
  headers: string[]
  content: Buffer | string
}

/** The part of a file. The name is not escaped. */
export const filePart = (content: Buffer | string, filename = 'picture.png'): RawPart => ({
  headers: [`Content-Disposition: form-data; name="file"; filename="${filename}"`],
  content,
})

/** A multipart body of these parts. With `isEnded: false`, the closing boundary is missing. */
export function bodyOf(parts: RawPart[], { isEnded = true } = {}): Buffer {
  const pieces = parts.flatMap(({ headers, content }) => [
    Buffer.from(`--${BOUNDARY}\r\n${headers.join('\r\n')}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...pieces, ...(isEnded ? [Buffer.from(`--${BOUNDARY}--\r\n`)] : [])])
}

/** Posts these bytes with these headers. */
export async function postRaw(
  client: Client,
  body: Buffer,
  headers: Record<string, string> = multipart,
  path = '/media',
): Promise<Answer> {
  const response = await client.fetch(path, { method: 'POST', body: new Uint8Array(body), headers })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** Sends the first half of a request, waits for `isSeen`, and closes the connection. */
export async function disconnectAfter(
  url: string,
  client: Client,
  body: Buffer,
  isSeen: () => Promise<unknown>,
): Promise<void> {
  const sent = request(`${url}/api/v1/media`, {
    method: 'POST',
    headers: { ...multipart, authorization: `Bearer ${client.token}`, 'content-length': String(body.length * 2) },
  })
  sent.on('error', () => undefined)
  sent.write(body)
  await isSeen()
  const closed = new Promise((resolve) => sent.once('close', resolve))
  sent.destroy()
  await closed
}
