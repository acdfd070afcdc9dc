import { parseArgs } from 'node:util'

import { createServiceClient } from '@likeness/service-kit/client'
import { createServiceTokenSource } from '@likeness/service-kit/identity'
import { createMetrics, runCommand, validate, type Logger } from '@likeness/service-kit/process'
import { z } from 'zod'

import { environmentSchema, type Environment } from '../env.ts'
import { openMaindb, type Maindb } from '../maindb.ts'
import { startRelay } from '../outbox/relay.ts'
import { eraseUsers } from './erase-users.ts'
import { reportOwnerState } from './report-owner-state.ts'

const usage = `Permanently erases deleted users and their media. Without options, erases all users who were deleted at least
ERASURE_DAYS days ago.

  npm run users:erase -- [--user <id>] [--older-than-days <number>] [--dry-run]

  --user <id>                 erase only this deleted user; ERASURE_DAYS does not apply
  --older-than-days <number>  erase users who were deleted at least this many days ago, instead of ERASURE_DAYS;
                              0: all deleted users
  --dry-run                   list the users whose retention period is over, and erase none

Exit code: 0 if all are erased, 1 if an erasure is not finished or failed, 2 if an option is invalid.
`

const optionsSchema = z.object({
  user: z.uuid('must be the id of a user, a UUID').optional(),
  'older-than-days': z.coerce
    .number('must be a number of days')
    .int('must be a whole number of days')
    .min(0, 'must be at least 0')
    .max(36_500, 'must be at most 36500')
    .optional(),
  'dry-run': z.boolean().default(false),
  help: z.boolean().default(false),
})

const print = (line: string) => process.stdout.write(`${line}\n`)

function readOptions(): z.output<typeof optionsSchema> | undefined {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = { user: text, 'older-than-days': text, 'dry-run': flag, help: flag }
  try {
    const validated = validate(optionsSchema, parseArgs({ options, allowPositionals: false }).values)
    if (validated.success) return validated.data
    for (const { path, message } of validated.faults) process.stderr.write(`--${path.join('.')} ${message}\n`)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
  }
  return undefined
}

/**
 * Starts a relay, so that the command works without a running main-service. If one is running, both share the
 * deliveries.
 */
function startDelivering(maindb: Maindb, environment: Environment, logger: Logger) {
  const token = createServiceTokenSource({
    authServiceUrl: environment.AUTH_SERVICE_URL,
    clientId: 'main-service',
    clientSecret: environment.MAIN_SERVICE_CLIENT_SECRET,
  })
  const mediasService = createServiceClient({ name: 'medias-service', baseUrl: environment.MEDIAS_SERVICE_URL, token })
  return startRelay({
    maindb,
    url: environment.MAINDB_URL,
    logger,
    metrics: createMetrics('users-erase'),
    deliveries: { 'owner-state': reportOwnerState({ maindb, mediasService }) },
  })
}

await runCommand({
  name: 'users:erase',
  environment: environmentSchema,
  async run(environment, logger) {
    const options = readOptions()
    if (!options || options.help) {
      process.stderr.write(`\n${usage}`)
      return options ? 0 : 2
    }
    const maindb = openMaindb({
      url: environment.MAINDB_URL,
      applicationName: 'users-erase',
      poolSize: 10,
      role: 'main_service',
    })
    return eraseUsers(maindb, {
      userId: options.user,
      // ERASURE_DAYS does not apply to a user who is named by `--user`.
      olderThanDays: options['older-than-days'] ?? (options.user === undefined ? environment.ERASURE_DAYS : 0),
      isDryRun: options['dry-run'],
      startDelivering: () => startDelivering(maindb, environment, logger),
      print,
    })
  },
})
