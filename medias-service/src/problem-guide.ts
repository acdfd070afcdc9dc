import type { ProblemGuide } from '@likeness/internal-api'
import type { FailureCode } from '@likeness/media-jobs'
import { explain, problemsOf, type ErrorSection } from '@likeness/service-kit/http'
import type { SharedProblemCode } from '@likeness/service-kit/process'

import { mediaProblems, type MediaProblemCode } from './problems.ts'

const retryLater = 'Send the request again after the number of seconds in the `Retry-After` header.'

/** The explanation of each problem of medias-service, in the order of docs/errors.md. */
const mediaGuide: Record<Exclude<MediaProblemCode, SharedProblemCode>, ProblemGuide> = {
  'empty-file': {
    cause: 'The uploaded file has no bytes.',
    action: 'Check that the file has content, and that the client sends it.',
  },
  'file-too-large': {
    cause: 'One uploaded file has more bytes than `MAX_FILE_BYTES`, 50 MiB by default.',
    action: 'Send a smaller file. Operators: raise `MAX_FILE_BYTES`.',
  },
  'too-many-files': {
    cause:
      'The request has more files than `MAX_FILES`, 20 by default. A request for a new version must have exactly one file.',
    action: 'Send the files in several requests.',
  },
  'too-many-pixels': {
    cause:
      'The picture, or all pictures in an SVG together, have more pixels than `MAX_MEGAPIXELS` allows. If medias-service cannot read the dimensions from the header of the file, the worker checks them, and the version fails with this code.',
    action: 'Scale the picture down. Operators: raise `MAX_MEGAPIXELS` in medias-service and in every worker.',
  },
  'side-too-long': {
    cause:
      'The width or the height of the picture is more than `MAX_SIDE`. If medias-service cannot read the dimensions from the header of the file, the worker checks them, and the version fails with this code.',
    action: 'Scale the picture down. Operators: raise `MAX_SIDE` in medias-service and in every worker.',
  },
  'unsupported-animation': {
    cause:
      'The file is an AVIF or a HEIC whose main content is a sequence of pictures, according to its major brand. If the first 512 KiB of a HEIC do not show the sequence, only the worker detects it, and the version fails with this code.',
    action: 'Convert the file to an animated WebP, PNG or GIF, or upload one of its pictures.',
  },
  'malformed-multipart': {
    cause:
      'The `Content-Type` has no boundary, the body ends too early, or the body is not in the format `multipart/form-data`.',
    action: 'Let the HTTP client create the body and its `Content-Type`, then send the request again.',
  },
  'other-kind': {
    meaning: 'A new version must be of the same kind as the media.',
    cause:
      'The kind of a media never changes. All versions of an image are images, and all versions of a file have the same type.',
    action: 'Upload the file as a new media with `POST /media`.',
  },
  trashed: {
    cause: 'The media is in the trash, where it cannot be changed or rendered.',
    action: 'Restore the media with `POST /media/{id}/restore`, then repeat the request.',
  },
  'not-trashed': {
    cause: 'The request restores a media that is not in the trash. Another request may have restored it.',
    action: 'No action is needed: the media is available.',
  },
  'owner-deleted': {
    cause: 'The user who owns the media, or would own it, is deleted.',
    action:
      'Restore the user in main-service with `POST /users/{id}/restore`. This also restores the media of the user.',
  },
  'not-a-picture': {
    cause: 'Only images have sizes. The media is a file, which is stored and delivered as it is.',
    action: 'Download the file with `GET /media/{id}/file`.',
  },
  'reprocessed-too-often': {
    cause:
      'A user who has only `media:update:own` can reprocess a version three times within 24 hours, because rendering is expensive.',
    action:
      'Wait for the number of seconds in the `Retry-After` header. If the file is damaged, upload a correct file as a new version. A user with `media:update` has no limit.',
  },
  'size-not-ready': {
    meaning: 'The size does not exist yet, or the version failed.',
    cause: 'The version is `queued`, `processing` or `failed`, or the preset was added after the version was rendered.',
    action:
      'Wait until the status of the media is `ready`; `GET /media/{id}/events` reports each change. If the version failed, read its `error.code`. If the preset is new, start a regeneration with `POST /regenerations`.',
  },
  'no-such-preset': {
    cause: 'No preset has this name, or the media is not an image.',
    action: 'Use a name from `GET /presets`.',
  },
  'no-such-format': {
    cause: 'The format in the path is not one of the formats of this size.',
    action:
      'Use a format that `sizes` of the media lists, or omit the format, so that the service chooses it by `Accept`. With the default presets, animations exist only as WebP.',
  },
  'not-acceptable': {
    meaning: 'The `Accept` header allows none of the types of this size.',
    cause: 'The `Accept` header excludes every format in which this size exists.',
    action: 'Add one of the types in `detail`, or `*/*`, to the `Accept` header.',
  },
  'range-not-satisfiable': {
    cause: 'The range in the `Range` header begins after the last byte of the file.',
    action: 'Read the size of the file from `Content-Range`, and request a range inside it.',
  },
  'tag-exists': {
    cause:
      'Names and slugs of tags are unique. Names that differ only in case, accents or the kind of spaces are the same name.',
    action: 'Use the existing tag, choose another name, or merge two tags with `POST /tags/{id}/merge`.',
  },
  'regeneration-done': {
    cause: 'The regeneration finished before the request arrived.',
    action: 'No action is needed. `GET /regenerations/{id}` returns the result.',
  },
  'media-gone': {
    cause: 'The media or the version of the dead job was deleted permanently.',
    action: 'Discard the job with `DELETE /jobs/dead/{id}`.',
  },
  'not-a-job': {
    cause: 'The message of the dead job is not JSON, or lacks a field of a job. Other software published it.',
    action: 'Discard the message with `DELETE /jobs/dead/{id}`, and find out who can publish to RabbitMQ.',
  },
  'unknown-contract': {
    cause:
      'The job was published by a newer or older build, in a format that the worker does not support. The job becomes a dead job with this code. The version does not fail.',
    action:
      'Finish the upgrade, so that medias-service and all workers have the same build. medias-service then requeues the job.',
  },
  'store-full': {
    cause: 'The disk of the file store is full, or its quota is used up.',
    action:
      'Operators: free space or enlarge the disk of `MEDIA_STORE_DIR`. Media in the trash are deleted after `TRASH_DAYS`.',
  },
  'store-unavailable': {
    cause: 'The folder of the file store cannot be read or written, for example because it is not mounted.',
    action: `${retryLater} Operators: check \`MEDIA_STORE_DIR\`, its mount and its permissions.`,
  },
  'file-unavailable': {
    cause: 'The database references a file that is not in the file store.',
    action:
      'Operators: check that medias-service and every worker use the same `MEDIA_STORE_DIR`, and that database and file store were restored from backups of the same time.',
  },
  'too-many-streams': {
    cause:
      'The limit for one user or API key is `MAX_EVENT_STREAMS_PER_CALLER`, 100 by default. The limit for one network address is `MAX_EVENT_STREAMS_PER_ADDRESS`, 1,000 by default, of which `MAX_ANONYMOUS_EVENT_STREAMS_PER_ADDRESS`, 200 by default, can be without a token.',
    action: `Close the streams of media that you no longer need. ${retryLater} Operators: if clients of different networks reach the limit together, check \`TRUSTED_PROXIES\`.`,
  },
  'events-unavailable': {
    cause: 'The service is shutting down, or it has as many open event streams as `MAX_EVENT_STREAMS` allows.',
    action: `${retryLater} Send the \`Last-Event-ID\` to continue where the stream ended. Operators: start another medias-service, or raise \`MAX_EVENT_STREAMS\` and the memory limit.`,
  },
}

interface FailureGuide extends ProblemGuide {
  readonly meaning: string
}

/** Explains the codes of failed versions and dead jobs, except the codes that `mediaGuide` explains. */
const failureGuide: Record<Exclude<FailureCode, MediaProblemCode>, FailureGuide> = {
  'not-an-image': {
    meaning: 'The file is not a picture of a supported format.',
    cause: 'The first bytes look like a picture, but the decoder does not find a supported format in the file.',
    action: 'Upload the picture in another format.',
  },
  'corrupt-image': {
    meaning: 'The picture is damaged.',
    cause: 'The file is truncated or contains invalid data, or it is an SVG of more than 64 MiB.',
    action:
      'Upload the picture again from an undamaged original. Operators: the log line `job.dead` of the worker has the message of the decoder.',
  },
  'unsupported-pixels': {
    meaning: 'The picture stores its pixels in a way that is not supported.',
    cause:
      'The file is a TIFF with unusual samples, for example signed or 64-bit numbers, floating-point numbers without a colour profile, tiles in separate planes, or the data of a camera sensor. `error.message` names the property.',
    action: 'Save the picture with 8 or 16 bits per channel in RGB or grey, or as a PNG, and upload it again.',
  },
  'colours-lost': {
    meaning: 'The renditions would show one colour only, although the picture has more colours.',
    cause: 'The picture has a faulty colour profile, or it uses only a very small part of the range of its samples.',
    action: 'Save the picture in sRGB, with 8 or 16 bits per channel, and upload it again.',
  },
  'too-many-frames': {
    meaning: 'The animation has too many frames.',
    cause: 'The number of frames is more than `MAX_FRAMES`, 200 by default.',
    action: 'Shorten the animation. Operators: raise `MAX_FRAMES`, then reprocess the media.',
  },
  'output-too-large': {
    meaning: 'The largest rendition would have too many pixels.',
    cause: 'The pixels of the largest rendition, all frames together, need more megabytes than `MAX_OUTPUT_MB`.',
    action: 'Shorten or scale down the animation. Operators: raise `MAX_OUTPUT_MB`, then reprocess the media.',
  },
  'drawing-too-complex': {
    meaning: 'The drawing would take too long to draw.',
    cause:
      'The file is an SVG with filters that are too expensive, or with too many or too deeply nested elements. `error.message` names the number and its maximum.',
    action: 'Simplify the drawing, or upload it as a PNG.',
  },
  'render-timeout': {
    meaning: 'Rendering took too long.',
    cause:
      'The rendering needed more CPU time than `RENDER_TIMEOUT_SECONDS`, or `RENDER_DRAWING_TIMEOUT_SECONDS` for an SVG. It is not retried, because it would take as long again.',
    action: 'Simplify the picture. Operators: raise the limit, then reprocess the media.',
  },
  'render-crashed': {
    meaning: 'The render process crashed.',
    cause:
      'Three times, the render process crashed, hung, or was killed because it used more memory than `RENDER_MEMORY_MB`. Or the worker itself died ten times during the render.',
    action:
      'Operators: read the event `job.crashed` in the logs of the workers. Give the workers more memory, or fewer slots (`WORKER_SLOTS`), then reprocess the media.',
  },
  'retries-exhausted': {
    meaning: 'A temporary fault did not pass within about a day of retries.',
    cause:
      'In 150 tries, the worker could not reach the file store or the database, or could not start a render process.',
    action: 'Operators: read `error.message`, fix the cause, then requeue the dead job.',
  },
  'delivery-limit': {
    meaning: 'RabbitMQ delivered the job 50 times without an acknowledgement.',
    cause: 'The workers repeatedly lost their connections to RabbitMQ, or were repeatedly killed.',
    action: 'Operators: check the workers and their network, then requeue the dead job.',
  },
  'invalid-job': {
    meaning: 'The message is not a valid job.',
    cause: 'The message is not JSON, or lacks a field of a job. Other software published it.',
    action: 'Discard the message with `DELETE /jobs/dead/{id}`, and find out who can publish to RabbitMQ.',
  },
}

/** The codes of failed versions and dead jobs that `mediaGuide` explains. */
const failuresAmongProblems: Record<Extract<FailureCode, MediaProblemCode>, true> = {
  'too-many-pixels': true,
  'side-too-long': true,
  'unsupported-animation': true,
  'unknown-contract': true,
}

/** The sections of medias-service's page of error codes. */
export function mediaErrors(): ErrorSection[] {
  const others = Object.keys(failuresAmongProblems).map((code) => `\`${code}\``)
  return [
    {
      title: 'Media and jobs',
      introduction: 'medias-service returns these codes.',
      entries: explain(problemsOf(mediaProblems), mediaGuide),
    },
    {
      title: 'Failed versions and dead jobs',
      introduction: `These codes are in \`error.code\` of a failed version and in \`code\` of a dead job. An error response never has them. A failed version or a dead job can also have one of these codes of the section above: ${others.join(', ')}. To render a failed version again, use \`POST /media/{id}/reprocess\` or \`POST /jobs/dead/{id}/requeue\`.`,
      entries: Object.entries(failureGuide).map(([code, texts]) => ({ code, statuses: [], ...texts })),
    },
  ]
}
