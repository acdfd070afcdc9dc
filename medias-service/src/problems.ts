import { NotInStoreError, StoreFullError, StoreUnavailableError } from '@likeness/media-files'
import { Problem, problems } from '@likeness/service-kit'

/** medias-service's own problems. */
export const mediaProblems = {
  notMultipart: () => problems.unsupportedMediaType('A file is sent as multipart/form-data, in the field `file`.'),
  malformedMultipart: () => problems.badRequest('malformed-multipart', 'The multipart body is broken or incomplete.'),
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
  notAPicture: () => problems.conflict('not-a-picture', 'The media is no picture: there is nothing to render.'),
  regenerationDone: () =>
    problems.conflict('regeneration-done', 'The regeneration is done: nothing is left to cancel.'),
  notTrashed: () => problems.conflict('not-trashed', 'The media is not in the trash.'),
  trashed: () => problems.conflict('trashed', 'The media is in the trash: restore it first.'),
  ownerDeleted: () => new Problem(403, 'owner-deleted', 'The owner is deleted: nothing is taken for them any more.'),
  ownerIsDeleted: () =>
    problems.conflict('owner-deleted', 'The owner of the media is deleted: nothing of theirs is restored.'),
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
  mediaGone: () => problems.conflict('media-gone', 'The media of this job, or its version, is gone: discard it.'),
  notAJob: () => problems.conflict('not-a-job', 'What lies here cannot be read as a job: discard it.'),
  unknownContract: () =>
    problems.conflict(
      'unknown-contract',
      'This build does not know the contract of the job; one that does requeues it by itself.',
    ),
  tagExists: () => problems.conflict('tag-exists', 'Another tag has this name or slug.'),
}

/** The file store's own errors, as a client should hear of them. */
export function storeProblem(error: unknown): Problem | undefined {
  if (error instanceof StoreFullError) {
    return new Problem(507, 'store-full', 'There is no room for more files at the moment.', { cause: error })
  }
  if (error instanceof StoreUnavailableError) return problems.unavailable('store', error)
  if (error instanceof NotInStoreError) return problems.unavailable('file', error)
  return undefined
}
