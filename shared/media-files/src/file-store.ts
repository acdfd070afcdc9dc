import type { Readable, Writable } from 'node:stream'

/** What is stored under a key. */
export interface StoredFile {
  key: string
  bytes: number
  modifiedAt: Date
}

/** Where bytes may come from: a stream, a buffer, or a file on this machine. */
export type FileSource = Readable | Buffer | { path: string }

/** A file under `incoming/` that is being written. */
export interface IncomingFile {
  key: string
  /** Ends only after the bytes are on the disk; destroying it, or an error on it, leaves nothing behind. */
  stream: Writable
  /** Ends it without leaving anything behind. */
  abort(): Promise<void>
}

/**
 * Files by key. A key names old bytes or new bytes, never part of them. Every method throws StoreUnavailableError when
 * the store is away, and a method that writes throws StoreFullError when it is full.
 */
export interface FileStore {
  /** Stores bytes under a key, in place of what was there. */
  put(key: string, source: FileSource): Promise<{ bytes: number }>
  /**
   * The bytes, from `start` to `end` (both counted from 0, both included).
   *
   * @throws NotInStoreError
   */
  read(key: string, range?: { start?: number; end?: number }): Promise<Readable>
  stat(key: string): Promise<{ bytes: number } | null>
  /**
   * Gives bytes another key, in place of what was there.
   *
   * @throws NotInStoreError
   */
  move(from: string, to: string): Promise<void>
  /** Deletes; what is not there is deleted already. */
  delete(key: string): Promise<void>
  /** Deletes every key under a prefix that ends with `/`. */
  deletePrefix(prefix: string): Promise<void>
  /** Every finished file under a prefix that ends with `/`; '' lists all. */
  list(prefix: string): AsyncIterable<StoredFile>
  /** Where the file lies on this machine, whether it is there or not; null when the store is elsewhere. */
  localPath(key: string): string | null
  /** Opens a file under `incoming/` that can be given up while it is written. */
  openIncoming(key: string): Promise<IncomingFile>
  /** Deletes what was being written, and has not been touched since, when its process died. */
  deleteAbandoned(before: Date): Promise<void>
  /** Writes and deletes a file; throws when it cannot. */
  check(): Promise<void>
}
