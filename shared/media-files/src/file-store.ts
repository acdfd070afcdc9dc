import type { Readable, Writable } from 'node:stream'

/** A file in the store. */
export interface StoredFile {
  key: string
  bytes: number
  modifiedAt: Date
}

/** A source of bytes: a stream, a buffer, or a file on this machine. */
export type FileSource = Readable | Buffer | { path: string }

/** A file under `incoming/` that is being written. */
export interface IncomingFile {
  /** Contains the id of the file, and the writer, so that the file is deleted if the process dies. */
  key: string
  /** It finishes only after the bytes are on the disk. If it is destroyed or fails, the file is deleted. */
  stream: Writable
  /** Stops writing and deletes the file. */
  abort(): Promise<void>
}

/** The unfinished work of a process that uses the store, or of a process that has ended. */
export interface Writer {
  id: string
  /** Changes every 10 s while the process runs. Empty if the process has finished. */
  heartbeat: string
  /** The keys of complete files under `incoming/`. */
  received: string[]
  /** Sources whose renditions may be stored without rows. */
  renditions: RenditionNote[]
  /** Deletes the unfinished files, and the folders of the writer. */
  delete(): Promise<void>
}

/** Renditions of a source were being stored, and their rows were not committed yet. */
export interface RenditionNote {
  id: string
  sha256: string
  delete(): Promise<void>
}

/**
 * Stores files by key. A reader of a key gets either the old or the new bytes, never a part of them. Every method throws
 * StoreUnavailableError when the store is unavailable, and a method that writes throws StoreFullError when it is full.
 */
export interface FileStore {
  /** Stores bytes under a key. It replaces an existing file. */
  put(key: string, source: FileSource): Promise<{ bytes: number }>
  /**
   * Reads the bytes from `start` to `end`, both counted from 0 and both included.
   *
   * @throws NotInStoreError
   */
  read(key: string, range?: { start?: number; end?: number }): Promise<Readable>
  stat(key: string): Promise<{ bytes: number } | null>
  /**
   * Stores a file under a second key. It replaces an existing file with this key.
   *
   * @throws NotInStoreError
   */
  copy(from: string, to: string): Promise<void>
  /** Deletes a file. It does nothing when the file does not exist. */
  delete(key: string): Promise<void>
  /** Deletes every file under a prefix that ends with `/`. */
  deletePrefix(prefix: string): Promise<void>
  /** Lists every finished file under a prefix that ends with `/`, or every file for ''. */
  list(prefix: string): AsyncIterable<StoredFile>
  /** The path of a file on this machine, even if the file does not exist; null when the store is not on this machine. */
  localPath(key: string): string | null
  /** Creates a file under `incoming/`. Writing it can be aborted. */
  openIncoming(id: string): Promise<IncomingFile>
  /**
   * Notes that renditions of a source are about to be stored. If the process is killed before their rows are committed, the
   * note stays.
   *
   * @returns deletes the note
   */
  noteRenditions(sha256: string): Promise<() => Promise<void>>
  /** Lists all processes that have unfinished work in this store, including this process. */
  listWriters(): Promise<Writer[]>
  /** Deletes unfinished files of earlier releases that were last written before this time. */
  deleteAbandoned(before: Date): Promise<void>
  /** Stops the heartbeat, and deletes the folders of this process unless they contain unfinished work. */
  close(): Promise<void>
  /**
   * Writes and deletes a file under a prefix that ends with `/`.
   *
   * @throws StoreUnavailableError or StoreFullError when that fails
   */
  check(prefix: string): Promise<void>
}
