import type { FileStore } from '@likeness/media-files'
import { Problem, problems, type Logger } from '@likeness/service-kit/process'
import type { RequestHandler } from 'express'
import multer from 'multer'

import { mediaProblems } from '../problems.ts'
import { createIncomingStorage } from './incoming-storage.ts'
import { dropReceived } from './received-file.ts'

interface ReceiveOptions {
  store: FileStore
  logger: Logger
  maxFileBytes: number
  maxFiles: number
}

/** Room for the fields and the multipart frame besides the files, in bytes. */
const FRAME_BYTES = 1_048_576

/**
 * Takes the files of a multipart request into `incoming/`. Those that nobody has moved elsewhere by the end of the
 * answer are deleted then, so that no way through a handler can leave one behind.
 */
export function receiveFiles({ store, logger, maxFileBytes, maxFiles }: ReceiveOptions): RequestHandler {
  const receive = multer({
    storage: createIncomingStorage(store, maxFileBytes),
    limits: { files: maxFiles, fields: 100, fieldSize: 65_536, fieldNameSize: 100, fieldNestingDepth: 0 },
    defParamCharset: 'utf8',
  }).any()

  return (request, response, next) => {
    if (!request.is('multipart/form-data')) return next(mediaProblems.notMultipart())
    const announced = Number(request.get('content-length') ?? 0)
    if (announced > maxFileBytes * maxFiles + FRAME_BYTES) {
      request.resume()
      return next(problems.bodyTooLarge(maxFileBytes * maxFiles + FRAME_BYTES))
    }
    response.once('close', () => {
      dropReceived(store, request).catch((error: unknown) => logger.warn({ event: 'incoming.left-behind', error }))
    })
    receive(request, response, (error: unknown) => next(error ? asProblem(error, maxFiles) : undefined))
  }
}

const busboysComplaints =
  /^(Request (aborted|closed)|Unexpected end of form|Malformed|Multipart: Boundary|Unexpected end)/

function asProblem(error: unknown, maxFiles: number): unknown {
  if (error instanceof multer.MulterError) {
    if (error.code === 'LIMIT_FILE_COUNT') return mediaProblems.tooManyFiles(maxFiles)
    return problems.invalid([{ path: `body.${error.field ?? ''}`, message: error.message }])
  }
  if (error instanceof Problem) return error
  if (error instanceof Error && busboysComplaints.test(error.message)) return mediaProblems.malformedMultipart()
  return error
}
