export { openDiskStore } from './disk-store.ts'
export { InvalidKeyError, NotInStoreError, StoreFullError, StoreUnavailableError } from './errors.ts'
export type { FileSource, FileStore, IncomingFile, RenditionNote, StoredFile, Writer } from './file-store.ts'
export { keys } from './keys.ts'
