import { randomUUID } from 'node:crypto'

import { InvalidKeyError } from './errors.ts'

const PART = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
const KEY_CHARACTERS = 512

/** Where things lie in the store. */
export const keys = {
  /** For what is not yet anyone's; never the same twice. */
  incomingKey: (): string => `incoming/${randomUUID()}`,
  /** Spread over folders by the id's end: a UUIDv7 begins with the time, so neighbours would share a folder. */
  originalKey: (blobId: string): string => `originals/${blobId.slice(-2)}/${blobId}`,
  /** @param rendition.sha256 of the source's bytes */
  renditionKey: (rendition: { sha256: string; preset: string; fingerprint: string; format: string }): string =>
    `${keys.renditionPrefix(rendition.sha256)}${rendition.preset}-${rendition.fingerprint}.${rendition.format}`,
  /** What every rendition of a source begins with. */
  renditionPrefix: (sha256: string): string => `renditions/${sha256}/`,
}

/**
 * Lets a key through that names a file below the store's root and nothing else.
 *
 * @throws InvalidKeyError
 */
export function assertKey(key: string): void {
  if (key.length > KEY_CHARACTERS || !key.split('/').every((part) => PART.test(part))) throw new InvalidKeyError(key)
}

/**
 * Lets a prefix through: '' or a key followed by `/`.
 *
 * @throws InvalidKeyError
 */
export function assertPrefix(prefix: string): void {
  if (prefix === '') return
  if (!prefix.endsWith('/')) throw new InvalidKeyError(prefix)
  assertKey(prefix.slice(0, -1))
}
