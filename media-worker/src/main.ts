import { runService } from '@likeness/service-kit/process'

import { environmentSchema } from './env.ts'
import { loadNativeCalls } from './sandbox/native-calls.ts'
import { startWorker } from './worker.ts'

// The environment of this process contains secrets, which its render processes must not read.
loadNativeCalls()?.hideThisProcess()

await runService({ name: 'media-worker', environment: environmentSchema, start: startWorker })
