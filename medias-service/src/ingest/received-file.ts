import type { FileStore } from '@likeness/media-files'
import { problems, type Problem } from '@likeness/service-kit/process'
import type { Request } from 'express'

/** A received file: stored under a temporary key, or rejected because of its size. */
export interface ReceivedFile {
  fieldname: string
  /** The client's name for the file. It is only displayed, never used as a key. */
  originalname: string
  key: string
  /** The id of the blob that the file becomes, unless the same bytes are stored already. */
  id: string
  sha256: string
  bytes: number
  /** The first bytes, up to 512 KiB. */
  head: Buffer
  refusal?: Problem
}

/**
 * The files of a request, in the order of the request.
 *
 * @throws {Problem} 422 for a file in another field than `file`.
 */
export function receivedFiles(request: Request): ReceivedFile[] {
  const files = filesOf(request)
  const misplaced = files.filter(({ fieldname }) => fieldname !== 'file')
  if (misplaced.length > 0) {
    throw problems.invalid(
      misplaced.map(({ fieldname }) => ({ path: `body.${fieldname}`, message: 'does not accept a file' })),
    )
  }
  return files
}

/** Deletes the files of a request, except files whose rows may exist or not. */
export async function dropReceived(store: FileStore, request: Request, unsettled: ReadonlySet<string>): Promise<void> {
  await Promise.all(
    filesOf(request)
      .filter(({ key }) => key && !unsettled.has(key))
      .map(({ key }) => store.delete(key)),
  )
}

function filesOf(request: Request): ReceivedFile[] {
  return Array.isArray(request.files) ? (request.files as unknown as ReceivedFile[]) : []
}
