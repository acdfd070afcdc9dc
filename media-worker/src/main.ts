import { runService } from '@likeness/service-kit/process'

import { environmentSchema } from './env.ts'
import { startWorker } from './worker.ts'

await runService({ name: 'media-worker', environment: environmentSchema, start: startWorker })
