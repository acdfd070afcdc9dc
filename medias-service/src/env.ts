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
  PORT: port(3001).describe('Port for clients and for the other services.'),
  MEDIASDB_URL: postgresUrl('postgres://likeness:likeness@127.0.0.1:5433/mediasdb').describe('URL of mediasdb.'),
  DATABASE_POOL_SIZE: count(10).describe('Maximum number of connections to mediasdb.'),
  AMQP_URL: z
    .url()
    .default('amqp://127.0.0.1:5672')
    .describe('URL of RabbitMQ, which distributes the jobs to the workers.'),
  MEDIA_STORE_DIR: z
    .string()
    .default(fileURLToPath(new URL('../../.local/store', import.meta.url)))
    .describe('Folder of the file store. All workers must use the same folder.'),
  MAIN_SERVICE_URL: z
    .url()
    .default('http://127.0.0.1:3000')
    .describe('URL of main-service, which knows the names of owners and the feature flags.'),
  SERVICE_CLIENT_ID: z.string().default('medias-service').describe('Client id of this service at auth-service.'),
  SERVICE_CLIENT_SECRET: secret('medias-service-development-secret').describe(
    'Client secret of this service at auth-service.',
  ),
  MAX_FILE_BYTES: count(52_428_800).describe('Maximum size of an uploaded file, in bytes.'),
  MAX_FILES: count(20).describe('Maximum number of files in a request.'),
  MAX_MEGAPIXELS: count(100).describe('Maximum size of a picture, in megapixels. Set the same value for the workers.'),
  MAX_SIDE: count(20_000).describe(
    'Maximum width and height of a picture, in pixels. Set the same value for the workers.',
  ),
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
      'Media types other than pictures that may be uploaded, separated by commas: `application/pdf,video/mp4`. They are delivered as attachments.',
    ),
  FEATURE_SECONDS: count(10).describe(
    'Seconds for which a feature flag is cached. A change takes effect after this time.',
  ),
  PRESETS_FILE: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../presets.json', import.meta.url)))
    .describe('Path of the presets file. A change is read within a second and passed on to every worker.'),
  DEAD_JOB_DAYS: count(90).describe('Days after which a dead job is deleted.'),
  TRASH_DAYS: count(30).describe('Days after which media in the trash are deleted for good.'),
  UPLOAD_LIMIT_SECONDS: count(3_600).describe('Seconds within which a request must arrive completely.'),
})

export type Environment = z.output<typeof environmentSchema>
