import { NotInStoreError, StoreFullError, StoreUnavailableError } from '@likeness/media-files'
import { Problem, problems, unavailable, type CodesOf } from '@likeness/service-kit/process'

const ownerDeleted = 'The owner is deleted: media of theirs can be neither added nor restored.'

/** medias-service's own problems. */
export const mediaProblems = {
  notMultipart: () => problems.unsupportedMediaType('A file is sent as multipart/form-data, in the field `file`.'),
  malformedMultipart: () => new Problem(400, 'malformed-multipart', 'The multipart body is broken or incomplete.'),
  tooManyFiles: (limit: number) => new Problem(422, 'too-many-files', `One request brings at most ${limit} files.`),
  fileMissing: () => problems.invalid([{ path: 'body.file', message: 'is missing: a file is needed' }]),
  emptyFile: () => new Problem(422, 'empty-file', 'The file has no bytes.'),
  fileTooLarge: (limit: number) => new Problem(413, 'file-too-large', `A file has at most ${limit} bytes.`),
  unsupportedFile: (type: string | undefined) =>
    new Problem(
      415,
      'unsupported-media-type',
      `${type ? `A file of type ${type}` : 'A file of a type that is not known'} is not taken, whatever its name says.`,
    ),
  tooManyPixels: (limit: number) =>
    new Problem(422, 'too-many-pixels', `A picture has at most ${limit} million pixels.`),
  sideTooLong: (limit: number) => new Problem(422, 'side-too-long', `A side of a picture has at most ${limit} pixels.`),
  notAPicture: () => new Problem(409, 'not-a-picture', 'The media is no picture: there is nothing to render.'),
  regenerationDone: () => new Problem(409, 'regeneration-done', 'The regeneration is done: nothing is left to cancel.'),
  notTrashed: () => new Problem(409, 'not-trashed', 'The media is not in the trash.'),
  trashed: () => new Problem(409, 'trashed', 'The media is in the trash: restore it first.'),
  ownerDeleted: () => new Problem(403, 'owner-deleted', ownerDeleted),
  ownerIsDeleted: () => new Problem(409, 'owner-deleted', ownerDeleted),
  sizeNotReady: (status: string) =>
    new Problem(
      404,
      'size-not-ready',
      status === 'ready'
        ? 'This size is not there: its preset is newer than the version, and waits for a regeneration.'
        : `This size is not there: the version is ${status}.`,
    ),
  noSuchPreset: () => new Problem(404, 'no-such-preset', 'There is no such preset.'),
  noSuchFormat: () => new Problem(404, 'no-such-format', 'This size does not exist in that format.'),
  notAcceptable: (formats: string[]) =>
    new Problem(406, 'not-acceptable', `This size exists as ${formats.join(', ')}, and none of them is accepted.`),
  mediaGone: () => new Problem(409, 'media-gone', 'The media of this job, or its version, is gone: discard it.'),
  notAJob: () => new Problem(409, 'not-a-job', 'What lies here cannot be read as a job: discard it.'),
  unknownContract: () =>
    new Problem(
      409,
      'unknown-contract',
      'This build does not know the contract of the job; one that does requeues it by itself.',
    ),
  otherKind: (kind: string) =>
    new Problem(422, 'other-kind', `The versions of this media are of the kind "${kind}", and this file is not.`),
  rangeNotSatisfiable: (headers: Record<string, string>) =>
    new Problem(416, 'range-not-satisfiable', 'The file has no such range of bytes.', { headers }),
  storeFull: (cause: unknown) =>
    new Problem(507, 'store-full', 'There is no room for more files at the moment.', { cause }),
  storeUnavailable: (cause: unknown) => unavailable('store', cause),
  fileUnavailable: (cause: unknown) => unavailable('file', cause),
  eventsUnavailable: () => unavailable('events'),
  tagExists: () => new Problem(409, 'tag-exists', 'Another tag has this name or slug.'),
}

export type MediaProblemCode = CodesOf<typeof mediaProblems>

/** The file store's own errors, as a client should hear of them. */
export function storeProblem(error: unknown): Problem | undefined {
  if (error instanceof StoreFullError) return mediaProblems.storeFull(error)
  if (error instanceof StoreUnavailableError) return mediaProblems.storeUnavailable(error)
  if (error instanceof NotInStoreError) return mediaProblems.fileUnavailable(error)
  return undefined
}
