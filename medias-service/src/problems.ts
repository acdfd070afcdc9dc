import { NotInStoreError, StoreFullError, StoreUnavailableError } from '@likeness/media-files'
import { Problem, problems, unavailable, type CodesOf } from '@likeness/service-kit/process'

const ownerDeleted = 'The owner of the media is deleted. Restore the owner before you add or restore media.'

/** medias-service's own problems. */
export const mediaProblems = {
  notMultipart: () => problems.unsupportedMediaType('Send the file as multipart/form-data, in the field `file`.'),
  malformedMultipart: () => new Problem(400, 'malformed-multipart', 'The multipart body is malformed or incomplete.'),
  tooManyFiles: (limit: number) => new Problem(422, 'too-many-files', `A request can contain at most ${limit} files.`),
  fileMissing: () => problems.invalid([{ path: 'body.file', message: 'is required: send a file' }]),
  emptyFile: () => new Problem(422, 'empty-file', 'The file is empty.'),
  fileTooLarge: (limit: number) => new Problem(413, 'file-too-large', `The file must have at most ${limit} bytes.`),
  unsupportedFile: (type: string | undefined, supported: string[]) => {
    const fault = type ? `The file has the type ${type}, which is not supported.` : 'The type of the file is unknown.'
    return problems.unsupportedMediaType(`${fault} Supported types: ${supported.join(', ')}.`)
  },
  unsupportedAnimation: () =>
    new Problem(
      415,
      'unsupported-animation',
      'Animated AVIF and HEIC are not supported. Convert the file to an animated WebP, PNG or GIF.',
    ),
  tooManyPixels: (limit: number) =>
    new Problem(422, 'too-many-pixels', `The picture must have at most ${limit} million pixels.`),
  sideTooLong: (limit: number) =>
    new Problem(422, 'side-too-long', `The picture must be at most ${limit} pixels wide and high.`),
  notAPicture: () => new Problem(409, 'not-a-picture', 'The media is not a picture, so it cannot be rendered.'),
  reprocessedTooOften: (retryAfterSeconds: number) =>
    new Problem(
      429,
      'reprocessed-too-often',
      'You have reprocessed this version three times within a day. Upload the picture again, or wait for the number of seconds in the Retry-After header.',
      { headers: { 'Retry-After': String(retryAfterSeconds) } },
    ),
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
        ? 'This size does not exist yet, because its preset is newer than the version. Start a regeneration to render it.'
        : `This size does not exist. The status of the version is ${status}.`,
    ),
  noSuchPreset: () => new Problem(404, 'no-such-preset', 'The media has no size with this preset name.'),
  noSuchFormat: () => new Problem(404, 'no-such-format', 'This size does not exist in the requested format.'),
  notAcceptable: (formats: string[]) =>
    new Problem(
      406,
      'not-acceptable',
      `The Accept header allows none of the types of this size: ${formats.join(', ')}.`,
    ),
  mediaGone: () =>
    new Problem(409, 'media-gone', 'The media or the version of this job no longer exists. Discard the job.'),
  notAJob: () => new Problem(409, 'not-a-job', 'The message is not a valid job. Discard it.'),
  unknownContract: () =>
    new Problem(
      409,
      'unknown-contract',
      'This build does not support the format of the job. A build that supports the format requeues the job automatically.',
    ),
  otherKind: (kind: string) =>
    new Problem(422, 'other-kind', `A new version must be of the same kind as the media: ${kind}.`),
  rangeNotSatisfiable: (headers: Record<string, string>) =>
    new Problem(416, 'range-not-satisfiable', 'The requested range is outside the file.', { headers }),
  storeFull: (cause: unknown) =>
    new Problem(507, 'store-full', 'The file store is full. An administrator must free space in it.', { cause }),
  storeUnavailable: (cause: unknown) => unavailable('store', cause, 'The file store'),
  fileUnavailable: (cause: unknown) => unavailable('file', cause, 'The file'),
  tooManyStreams: (limit: number, retryAfterSeconds: number) =>
    new Problem(
      429,
      'too-many-streams',
      `You or your network address have ${limit} open event streams, which is the maximum. Close a stream first.`,
      { headers: { 'Retry-After': String(retryAfterSeconds) } },
    ),
  eventsUnavailable: (retryAfterSeconds = 2) =>
    new Problem(503, 'events-unavailable', 'No event stream can be opened at the moment. Try again later.', {
      headers: { 'Retry-After': String(retryAfterSeconds) },
    }),
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
