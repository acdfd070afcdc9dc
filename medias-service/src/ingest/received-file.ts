import type { FileStore } from '@likeness/media-files'
import { problems, type Problem } from '@likeness/service-kit/process'
import type { Request } from 'express'

/** A file of a request, as the ingest has left it: under a temporary key, or refused for its size. */
export interface ReceivedFile {
  fieldname: string
  /** The name that the client gave it: for people, never for the store. */
  originalname: string
  key: string
  sha256: string
  bytes: number
  /** Its first bytes, up to 512 KiB. */
  head: Buffer
  refusal?: Problem
}

/**
 * The files of a request, in their order.
 *
 * @throws {Problem} 422 for a file in another field than `file`.
 */
export function receivedFiles(request: Request): ReceivedFile[] {
  const files = filesOf(request)
  const misplaced = files.filter(({ fieldname }) => fieldname !== 'file')
  if (misplaced.length > 0) {
    throw problems.invalid(
      misplaced.map(({ fieldname }) => ({ path: `body.${fieldname}`, message: 'is not a field for a file here' })),
    )
  }
  return files
}

/** Deletes what a request brought and nobody has taken over. */
export async function dropReceived(store: FileStore, request: Request): Promise<void> {
  await Promise.all(
    filesOf(request)
      .filter(({ key }) => key)
      .map(({ key }) => store.delete(key)),
  )
}

function filesOf(request: Request): ReceivedFile[] {
  return Array.isArray(request.files) ? (request.files as unknown as ReceivedFile[]) : []
}
