import { mediaSchema, type Media } from '@likeness/internal-api'
import { isDatabaseUnavailable } from '@likeness/postgres'
import { created, reply, type Reply } from '@likeness/service-kit/http'
import { currentRequest, Problem, problems, problemSchema, type Caller } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { receiveFiles } from '../ingest/receive-files.ts'
import { receivedFiles, type ReceivedFile } from '../ingest/received-file.ts'
import { uploadFields, type UploadFields } from '../media/media-schema.ts'
import { mediaProblems, storeProblem } from '../problems.ts'
import { route } from '../route.ts'
import { uploadMedia } from './upload-media.ts'

const resultSchema = z
  .union([
    z
      .object({ status: z.literal(201).describe('The status of a stored file.'), media: mediaSchema })
      .meta({ id: 'StoredUpload', description: 'A file that was stored.' }),
    z
      .object({ status: z.int().describe('HTTP status of the error.'), problem: problemSchema })
      .meta({ id: 'RejectedUpload', description: 'A file that was rejected.' }),
  ])
  .meta({ id: 'UploadResult', description: 'The result for one file: the media, or the problem.' })

const resultsSchema = z
  .object({ results: z.array(resultSchema).describe('One result for each file, in the order of the request.') })
  .meta({ id: 'UploadResults', description: 'The results, one for each file.' })

type Result = z.output<typeof resultSchema>

export const uploadRoutes = (context: Context) => [
  route({
    operationId: 'uploadMedia',
    method: 'post',
    path: '/media',
    access: 'media:create',
    summary: 'Upload media',
    description:
      'Creates a media from each `file`. One file returns 201 with the media. Several files return 207 with one result ' +
      'for each file, in the order of the request; a rejected file does not affect the others. The type of a file is ' +
      'read from its bytes, never from its name. A picture has the status `processing` until its sizes are rendered.',
    body: uploadFields,
    receive: { ...receiver(context), severalFiles: true },
    answers: {
      201: mediaSchema,
      207: resultsSchema,
    },
    problems: [
      'empty-file',
      'file-too-large',
      'forbidden',
      'malformed-multipart',
      'owner-deleted',
      'side-too-long',
      'store-full',
      'store-unavailable',
      'tag-exists',
      'too-many-files',
      'too-many-pixels',
      'unsupported-animation',
      'unsupported-media-type',
    ],
    async handle({ body, caller, http }) {
      const files = receivedFiles(http.request)
      const [first, ...others] = files
      if (!first) throw mediaProblems.fileMissing()
      return others.length === 0 ? uploadOne(context, first, body, caller) : uploadMany(context, files, body, caller)
    },
  }),
]

/** Makes a route accept multipart files in the field `file`. */
export const receiver = ({ store, unsettled, logger, environment }: Context) => ({
  handler: receiveFiles({
    store,
    unsettled,
    logger,
    maxFileBytes: environment.MAX_FILE_BYTES,
    maxFiles: environment.MAX_FILES,
  }),
  contentType: 'multipart/form-data',
  fileField: 'file',
})

async function uploadOne(
  context: Context,
  file: ReceivedFile,
  fields: UploadFields,
  caller: Caller,
): Promise<Reply<201, Media>> {
  const media = await context.countUpload(file, () => uploadMedia(context, file, fields, caller))
  return created(`/api/v1/media/${media.id}`, media)
}

async function uploadMany(
  context: Context,
  files: ReceivedFile[],
  fields: UploadFields,
  caller: Caller,
): Promise<Reply<207, { results: Result[] }>> {
  const results: Result[] = []
  for (const file of files) results.push(await uploadOneOfMany(context, file, fields, caller))
  return reply(207, { results })
}

/** A problem with one file is reported in its result; the other files are stored anyway. */
async function uploadOneOfMany(
  context: Context,
  file: ReceivedFile,
  fields: UploadFields,
  caller: Caller,
): Promise<Result> {
  try {
    const media = await context.countUpload(file, () => uploadMedia(context, file, fields, caller))
    return { status: 201, media }
  } catch (error) {
    const problem = error instanceof Problem ? error : (storeProblem(error) ?? databaseProblem(error))
    if (!problem) throw error
    const requestId = currentRequest()?.requestId ?? ''
    return { status: problem.status, problem: { ...problem.toJSON(), instance: '/api/v1/media', requestId } }
  }
}

const databaseProblem = (error: unknown) =>
  isDatabaseUnavailable(error) ? problems.unavailable('database', error) : undefined
