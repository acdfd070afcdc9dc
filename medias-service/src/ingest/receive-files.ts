import type { FileStore } from '@likeness/media-files'
import { Problem, problems, type Logger } from '@likeness/service-kit/process'
import type { RequestHandler } from 'express'
import multer from 'multer'

import { mediaProblems } from '../problems.ts'
import { createIncomingStorage } from './incoming-storage.ts'
import { dropReceived } from './received-file.ts'

interface ReceiveOptions {
  store: FileStore
  /** The keys of received files that must stay after the response. */
  unsettled: Set<string>
  logger: Logger
  maxFileBytes: number
  maxFiles: number
}

/** Bytes allowed for the form fields and the multipart syntax, in addition to the files. */
const FRAME_BYTES = 1_048_576

const formLimits = { fields: 100, fieldSize: 65_536, fieldNameSize: 100, fieldNestingDepth: 0 }

/** The messages for multer's error codes, except codes that become another problem and codes that cannot occur here. */
const formFaults: Partial<Record<string, string>> = {
  LIMIT_FIELD_COUNT: `must have at most ${formLimits.fields} fields`,
  LIMIT_FIELD_VALUE: `must have at most ${formLimits.fieldSize} bytes`,
  LIMIT_FIELD_KEY: `must have a name of at most ${formLimits.fieldNameSize} bytes`,
  LIMIT_FIELD_NESTING: 'must not have brackets in its name',
  MISSING_FIELD_NAME: 'must have a name for each field',
  INVALID_FIELD_NAME: 'must not have this name',
}

/**
 * Stores the files of a multipart request under `incoming/`. They are deleted when the response closes, so that no code
 * path leaves a file there.
 */
export function receiveFiles({ store, unsettled, logger, maxFileBytes, maxFiles }: ReceiveOptions): RequestHandler {
  const receive = multer({
    storage: createIncomingStorage(store, maxFileBytes),
    limits: { files: maxFiles, ...formLimits },
    defParamCharset: 'utf8',
  }).any()

  return (request, response, next) => {
    if (!request.is('multipart/form-data')) return next(mediaProblems.notMultipart())
    const contentLength = Number(request.get('content-length') ?? 0)
    if (contentLength > maxFileBytes * maxFiles + FRAME_BYTES) {
      request.resume()
      return next(problems.bodyTooLarge(maxFileBytes * maxFiles + FRAME_BYTES))
    }
    response.once('close', () => {
      dropReceived(store, request, unsettled).catch((error: unknown) =>
        logger.warn({ event: 'incoming.left-behind', error }),
      )
    })
    receive(request, response, (error: unknown) => next(error ? asProblem(error, maxFiles) : undefined))
  }
}

/** Messages of busboy for a malformed or incomplete body. */
const busboyErrors = /^(Request (aborted|closed)|Unexpected end of form|Malformed|Multipart: Boundary|Unexpected end)/

function asProblem(error: unknown, maxFiles: number): unknown {
  if (error instanceof multer.MulterError) {
    if (error.code === 'LIMIT_FILE_COUNT') return mediaProblems.tooManyFiles(maxFiles)
    const path = error.field === undefined ? 'body' : `body.${error.field}`
    return problems.invalid([{ path, message: formFaults[error.code] ?? 'is not a valid form' }])
  }
  if (error instanceof Problem) return error
  if (error instanceof Error && busboyErrors.test(error.message)) return mediaProblems.malformedMultipart()
  return error
}
