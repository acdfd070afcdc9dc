import { request } from 'node:http'

import type { Answer } from '@likeness/test-kit'

import type { Client } from './medias-under-test.ts'

const BOUNDARY = 'frontier'

export const multipart = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }

/** One part as it is written on the wire: its header lines, and what it holds. */
export interface RawPart {
  headers: string[]
  content: Buffer | string
}

/** A file's part, its name written exactly as given. */
export const filePart = (content: Buffer | string, filename = 'picture.png'): RawPart => ({
  headers: [`Content-Disposition: form-data; name="file"; filename="${filename}"`],
  content,
})

/** A multipart body, byte by byte as told. */
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

/** Sends the first part of a body, waits until it is seen, and hangs up. */
export async function hangUpAfter(
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
