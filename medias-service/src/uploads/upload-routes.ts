import { isDatabaseAway } from '@likeness/postgres'
import { created, route } from '@likeness/service-kit/http'
import { currentRequest, Problem, problems, type Caller } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { receiveFiles } from '../ingest/receive-files.ts'
import { receivedFiles, type ReceivedFile } from '../ingest/received-file.ts'
import { mediaSchema, uploadFields, type UploadFields } from '../media/media-schema.ts'
import { mediaProblems, storeProblem } from '../problems.ts'
import { uploadMedia } from './upload-media.ts'

export const uploadRoutes = (context: Context) => [
  route({
    method: 'post',
    path: '/media',
    access: 'media:create',
    summary: 'Upload a picture, or several',
    description: 'One `file` answers 201 with the media; several answer 207 with a result for each, in their order.',
    body: uploadFields,
    receive: receiver(context),
    answers: {
      201: mediaSchema,
      207: z.object({ results: z.array(z.object({ status: z.int(), media: mediaSchema.optional() }).loose()) }),
    },
    problems: [
      'empty-file',
      'file-too-large',
      'malformed-multipart',
      'owner-deleted',
      'side-too-long',
      'store-full',
      'too-many-files',
      'too-many-pixels',
      'unsupported-media-type',
    ],
    async handle({ body, caller, http }) {
      const files = receivedFiles(http.request)
      const [first, ...others] = files
      if (!first) throw mediaProblems.fileMissing()
      if (others.length > 0) {
        const results = []
        for (const file of files) results.push(await uploadOneOfMany(context, file, body, caller))
        return { status: 207, body: { results } }
      }
      const media = await uploadMedia(context, first, body, caller)
      return created(`/api/v1/media/${media.id}`, media)
    },
  }),
]

/** How a route takes files: multipart, in the field `file`. */
export const receiver = ({ store, logger, environment }: Context) => ({
  handler: receiveFiles({ store, logger, maxFileBytes: environment.MAX_FILE_BYTES, maxFiles: environment.MAX_FILES }),
  contentType: 'multipart/form-data',
  fileField: 'file',
})

/** What is wrong with one file is told in its place, and does not keep the others. */
async function uploadOneOfMany(context: Context, file: ReceivedFile, fields: UploadFields, caller: Caller) {
  try {
    return { status: 201, media: await uploadMedia(context, file, fields, caller) }
  } catch (error) {
    const problem = error instanceof Problem ? error : (storeProblem(error) ?? databaseProblem(error))
    if (!problem) throw error
    const { requestId } = currentRequest() ?? {}
    return { status: problem.status, problem: { ...problem.toJSON(), instance: '/api/v1/media', requestId } }
  }
}

const databaseProblem = (error: unknown) =>
  isDatabaseAway(error) ? problems.unavailable('database', error) : undefined
