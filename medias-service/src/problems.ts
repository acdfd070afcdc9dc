import { NotInStoreError, StoreFullError, StoreUnavailableError } from '@likeness/media-files'
import { Problem, problems, unavailable, type CodesOf } from '@likeness/service-kit/process'

const ownerDeleted = 'The owner is deleted. Media of a deleted owner can be neither added nor restored.'

/** medias-service's own problems. */
export const mediaProblems = {
  notMultipart: () => problems.unsupportedMediaType('Send the file as multipart/form-data, in the field `file`.'),
  malformedMultipart: () => new Problem(400, 'malformed-multipart', 'The multipart body is malformed or incomplete.'),
  tooManyFiles: (limit: number) => new Problem(422, 'too-many-files', `A request may contain at most ${limit} files.`),
  fileMissing: () => problems.invalid([{ path: 'body.file', message: 'is missing: send a file' }]),
  emptyFile: () => new Problem(422, 'empty-file', 'The file is empty.'),
  fileTooLarge: (limit: number) => new Problem(413, 'file-too-large', `The file is larger than ${limit} bytes.`),
  unsupportedFile: (type: string | undefined) =>
    new Problem(
      415,
      'unsupported-media-type',
      `${type ? `The file has the type ${type}, which` : 'The type of the file is unknown and'} is not accepted. Its name does not matter.`,
    ),
  tooManyPixels: (limit: number) =>
    new Problem(422, 'too-many-pixels', `The picture has more than ${limit} million pixels.`),
  sideTooLong: (limit: number) =>
    new Problem(422, 'side-too-long', `The picture is wider or higher than ${limit} pixels.`),
  notAPicture: () => new Problem(409, 'not-a-picture', 'The media is not a picture, so it cannot be rendered.'),
  regenerationDone: () =>
    new Problem(409, 'regeneration-done', 'The regeneration has already finished and cannot be cancelled.'),
  notTrashed: () => new Problem(409, 'not-trashed', 'The media is not in the trash.'),
  trashed: () => new Problem(409, 'trashed', 'The media is in the trash. Restore it first.'),
  ownerDeleted: () => new Problem(403, 'owner-deleted', ownerDeleted),
  ownerIsDeleted: () => new Problem(409, 'owner-deleted', ownerDeleted),
  sizeNotReady: (status: string) =>
    new Problem(
      404,
      'size-not-ready',
      status === 'ready'
        ? 'This size does not exist yet: its preset is newer than the version. A regeneration renders it.'
        : `This size does not exist: the version is ${status}.`,
    ),
  noSuchPreset: () => new Problem(404, 'no-such-preset', 'No preset has this name.'),
  noSuchFormat: () => new Problem(404, 'no-such-format', 'This size does not exist in the requested format.'),
  notAcceptable: (formats: string[]) =>
    new Problem(
      406,
      'not-acceptable',
      `This size is available as ${formats.join(', ')}; the Accept header allows none of these.`,
    ),
  mediaGone: () =>
    new Problem(409, 'media-gone', 'The media or the version of this job no longer exists. Discard the job.'),
  notAJob: () => new Problem(409, 'not-a-job', 'The message is not a valid job. Discard it.'),
  unknownContract: () =>
    new Problem(
      409,
      'unknown-contract',
      'This build does not support the contract version of the job. A build that does will requeue it automatically.',
    ),
  otherKind: (kind: string) =>
    new Problem(422, 'other-kind', `The versions of this media are "${kind}", and this file is not.`),
  rangeNotSatisfiable: (headers: Record<string, string>) =>
    new Problem(416, 'range-not-satisfiable', 'The requested range lies outside the file.', { headers }),
  storeFull: (cause: unknown) => new Problem(507, 'store-full', 'The file store is full.', { cause }),
  storeUnavailable: (cause: unknown) => unavailable('store', cause),
  fileUnavailable: (cause: unknown) => unavailable('file', cause),
  eventsUnavailable: () => unavailable('events'),
  tagExists: () => new Problem(409, 'tag-exists', 'Another tag already has this name or slug.'),
}

export type MediaProblemCode = CodesOf<typeof mediaProblems>

/** The problem that a client receives for an error of the file store; undefined for any other error. */
export function storeProblem(error: unknown): Problem | undefined {
  if (error instanceof StoreFullError) return mediaProblems.storeFull(error)
  if (error instanceof StoreUnavailableError) return mediaProblems.storeUnavailable(error)
  if (error instanceof NotInStoreError) return mediaProblems.fileUnavailable(error)
  return undefined
}
