/** The disk or its quota is full. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError'
}

/** The store is unavailable or reports an error. A retry may succeed. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
}

/** No file has this key. */
export class NotInStoreError extends Error {
  override readonly name = 'NotInStoreError'
  readonly key: string

  constructor(key: string) {
    super(`The file store has no file with the key ${key}`)
    this.key = key
  }
}

/** A key that no store accepts. The cause is a bug in the code, never the store. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError'

  constructor(key: string) {
    super(`Invalid key of the file store: ${JSON.stringify(key)}`)
  }
}

/** Translates a system error into an error of the store, by its code. Other errors are returned unchanged. */
export function storeError(error: unknown, key: string): unknown {
  const code = codeOf(error)
  if (code === 'ENOENT') return new NotInStoreError(key)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StoreFullError('The store is full', { cause: error })
  if (code && /^E[A-Z0-9]+$/.test(code)) {
    return new StoreUnavailableError(`The file store failed with the system error ${code}`, { cause: error })
  }
  return error
}

/** Whether a file or one of its parent folders does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof NotInStoreError || codeOf(error) === 'ENOENT'
}

/** The code of a system error. It does not use `instanceof Error`: under jest, system errors are of another realm. */
export function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
