import { fileURLToPath } from 'node:url'

import {
  authServiceUrl,
  commonEnvironment,
  httpEnvironment,
  port,
  postgresUrl,
  secret,
} from '@likeness/service-kit/process'
import { z } from 'zod'

const count = (standard: number) => z.coerce.number().int().min(1).default(standard)

export const environmentSchema = z.object({
  ...commonEnvironment,
  ...httpEnvironment,
  AUTH_SERVICE_URL: authServiceUrl,
  PORT: port(3001).describe('The port for clients and for the other services.'),
  MEDIASDB_URL: postgresUrl('postgres://likeness:likeness@127.0.0.1:5433/mediasdb').describe('The database of media.'),
  DATABASE_POOL_SIZE: count(10).describe('Connections to mediasdb at most.'),
  AMQP_URL: z.url().default('amqp://127.0.0.1:5672').describe('RabbitMQ, where jobs for the workers go.'),
  MEDIA_STORE_DIR: z
    .string()
    .default(fileURLToPath(new URL('../../.local/store', import.meta.url)))
    .describe('The folder of the file store; the workers need the same.'),
  MAIN_SERVICE_URL: z.url().default('http://127.0.0.1:3000').describe('Where main-service tells the names of owners.'),
  SERVICE_CLIENT_ID: z.string().default('medias-service').describe('Our name at auth-service.'),
  SERVICE_CLIENT_SECRET: secret('medias-service-development-secret').describe('Our secret at auth-service.'),
  MAX_FILE_BYTES: count(52_428_800).describe('The most a file may have when it comes by multipart, in bytes.'),
  MAX_FILES: count(20).describe('The most files one request may bring.'),
  MAX_MEGAPIXELS: count(100).describe('The most pixels a picture may have, in millions.'),
  MAX_SIDE: count(20_000).describe('The most pixels a side of a picture may have.'),
  ATTACHMENT_TYPES: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((type) => type.trim())
        .filter(Boolean),
    )
    .describe(
      'Media types besides pictures that are taken, and delivered as attachments: `application/pdf,video/mp4`.',
    ),
  FEATURE_SECONDS: count(10).describe('Seconds after which main-service is asked anew what a feature flag says.'),
  PRESETS_FILE: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../presets.json', import.meta.url)))
    .describe('The file of presets, which every worker is told of; a change holds at once.'),
  DEAD_JOB_DAYS: count(90).describe('Days that a dead job is kept, unless it is requeued or discarded before.'),
  TRASH_DAYS: count(30).describe('Days that trashed media can be restored.'),
  UPLOAD_LIMIT_SECONDS: count(3_600).describe('Seconds that a request may take to arrive.'),
})

export type Environment = z.output<typeof environmentSchema>
