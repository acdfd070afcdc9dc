import { isDatabaseUnavailable } from '@likeness/postgres'
import { createCounter, Problem, type Metrics } from '@likeness/service-kit/process'
import { Counter } from 'prom-client'

import type { ReceivedFile } from '../ingest/received-file.ts'
import { storeProblem } from '../problems.ts'

/** Stores a received file and counts it by its outcome. */
export type CountUpload = <Result>(file: Pick<ReceivedFile, 'bytes'>, store: () => Promise<Result>) => Promise<Result>

/** The outcome of an upload is `stored`, or the code of the problem that the client receives. */
export function createUploadCounter(metrics: Metrics): CountUpload {
  const count = createCounter(metrics, {
    name: 'likeness_uploads_total',
    help: 'Uploaded files by outcome: stored, or the code of the problem.',
    labels: ['outcome'],
  })
  const bytes = new Counter({
    name: 'likeness_uploaded_bytes_total',
    help: 'Bytes of the uploaded files that were stored.',
    registers: [metrics],
  })
  return async (file, store) => {
    try {
      const result = await store()
      count({ outcome: 'stored' })
      bytes.inc(file.bytes)
      return result
    } catch (error) {
      count({ outcome: codeOf(error) })
      throw error
    }
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.code
  return storeProblem(error)?.code ?? (isDatabaseUnavailable(error) ? 'database-unavailable' : 'internal-error')
}
