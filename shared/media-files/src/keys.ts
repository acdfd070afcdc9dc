import { InvalidKeyError } from './errors.ts'

const PART = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
const MAX_KEY_CHARACTERS = 512

/** The keys of the store. */
export const keys = {
  /** @param received.id the id of the blob that the received file becomes, unless the same bytes are stored already */
  incomingKey: (received: { writer: string; id: string }): string => `incoming/${received.writer}/${received.id}`,
  /** The id of the blob of a received file. */
  blobIdOf: (incomingKey: string): string => incomingKey.slice(incomingKey.lastIndexOf('/') + 1),
  /** The folder is the end of the id, because a UUIDv7 begins with the time, so that new files would share a folder. */
  originalKey: (blobId: string): string => `originals/${blobId.slice(-2)}/${blobId}`,
  /** @param rendition.sha256 of the source's bytes */
  renditionKey: (rendition: { sha256: string; preset: string; fingerprint: string; format: string }): string =>
    `${keys.renditionPrefix(rendition.sha256)}${rendition.preset}-${rendition.fingerprint}.${rendition.format}`,
  /** The prefix of all renditions of a source. */
  renditionPrefix: (sha256: string): string => `renditions/${sha256}/`,
}

/**
 * Asserts that a key names a file below the store's root.
 *
 * @throws InvalidKeyError
 */
export function assertKey(key: string): void {
  if (key.length > MAX_KEY_CHARACTERS || !key.split('/').every((part) => PART.test(part)))
    throw new InvalidKeyError(key)
}

/**
 * Asserts that a prefix is '' or a key followed by `/`.
 *
 * @throws InvalidKeyError
 */
export function assertPrefix(prefix: string): void {
  if (prefix === '') return
  if (!prefix.endsWith('/')) throw new InvalidKeyError(prefix)
  assertKey(prefix.slice(0, -1))
}
