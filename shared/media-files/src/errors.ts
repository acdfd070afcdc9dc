/** No room: the disk or its quota is full. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError'
}

/** The store is away, or refuses; later it may not. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
}

/** No file has this key. */
export class NotInStoreError extends Error {
  override readonly name = 'NotInStoreError'
  readonly key: string

  constructor(key: string) {
    super(`Nothing is stored under ${key}`)
    this.key = key
  }
}

/** A key that no store takes: it is a fault of the code, never of the store. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError'

  constructor(key: string) {
    super(`Not a key of the store: ${JSON.stringify(key)}`)
  }
}

/** Tells the store's failures apart by the system's codes; anything else than these stays as it is. */
export function storeError(error: unknown, key: string): unknown {
  const code = codeOf(error)
  if (code === 'ENOENT') return new NotInStoreError(key)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StoreFullError('The store is full', { cause: error })
  if (code && /^E[A-Z0-9]+$/.test(code)) {
    return new StoreUnavailableError(`The store failed with ${code}`, { cause: error })
  }
  return error
}

/** Whether a file, or a folder above it, was not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof NotInStoreError || codeOf(error) === 'ENOENT'
}

/** The system's code of a failure. Not by `instanceof Error`: under jest the system's errors are another realm's. */
function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
