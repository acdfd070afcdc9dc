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
  PORT: port(3001).describe('Port on which the service listens, for clients and other services.'),
  MEDIASDB_URL: postgresUrl('postgres://likeness:likeness@127.0.0.1:5433/mediasdb').describe(
    'URL of mediasdb, the PostgreSQL database of media and jobs.',
  ),
  DATABASE_POOL_SIZE: count(10).describe(
    'Maximum number of database connections of this process. If all connections are in use, a request waits 4 s at most. The sum over all processes must stay below `max_connections` of PostgreSQL.',
  ),
  AMQP_URL: z
    .string()
    .regex(/^amqps?:\/\//, 'must be a URL such as amqp://user:password@host:5672/vhost')
    .default('amqp://127.0.0.1:5672')
    .describe(
      'URL of RabbitMQ, which distributes the jobs to the workers. Must have the same virtual host for the workers.',
    ),
  AMQP_TOPOLOGY: z
    .enum(['declare', 'check'])
    .default('declare')
    .describe(
      'What this process does with the exchange and the queues when it connects to RabbitMQ: `declare` creates them, and `check` only checks that they exist, so that the user needs no right to configure. With `check`, run `npm run broker:setup` or the container `broker-setup` first. Production uses `check`.',
    ),
  MEDIA_STORE_DIR: z
    .string()
    .default(fileURLToPath(new URL('../../.local/store', import.meta.url)))
    .describe('Folder of the file store. Every medias-service and every worker must use the same folder.'),
  MAIN_SERVICE_URL: z
    .url()
    .default('http://127.0.0.1:3000')
    .describe('URL of main-service, from which this service gets the names of owners and the feature flags.'),
  MEDIAS_SERVICE_CLIENT_SECRET: secret('medias-service-development-secret').describe(
    'Secret with which medias-service requests its own tokens from auth-service. Must be the same in auth-service.',
  ),
  MAX_FILE_BYTES: count(52_428_800).describe(
    'Maximum size of an uploaded file, in bytes; the default is 50 MiB. Larger files are rejected with 413.',
  ),
  MAX_FILES: count(20).describe(
    'Maximum number of files in one upload request. A request with more files is rejected with 422.',
  ),
  MAX_MEGAPIXELS: count(100).describe(
    'Maximum size of a picture, in megapixels. Larger pictures are rejected with 422. Set the same value for the workers. If the value of a worker is lower, pictures that were accepted fail.',
  ),
  MAX_SIDE: count(20_000).describe(
    'Maximum width and height of a picture, in pixels. Larger pictures are rejected with 422. Set the same value for the workers.',
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
      'Comma-separated media types that are accepted in addition to pictures, such as `application/pdf,video/mp4`. Such files are stored and delivered as attachments, without sizes. Empty: only pictures.',
    ),
  FEATURE_SECONDS: count(10).describe(
    'Seconds for which feature flags are cached. A changed flag takes effect after this time.',
  ),
  PRESETS_FILE: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../presets.json', import.meta.url)))
    .describe(
      'Path of the presets file. A change is read within a second and applied by every worker. With an invalid file, the service does not start; if the file becomes invalid later, the error is logged and the presets do not change.',
    ),
  DEAD_JOB_DAYS: count(90).describe(
    'Days for which a dead job is kept and can be requeued. After that, the job is deleted, and its version does not change.',
  ),
  TRASH_DAYS: count(30).describe(
    'Days for which media in the trash can be restored. After that, the media are deleted permanently.',
  ),
  MAX_EVENT_STREAMS: count(5_000).describe(
    'Maximum number of open event streams of this process. Further requests get 503. 1,000 streams use 20 to 40 MB of memory and one file descriptor each; if the process can open fewer than twice as many files, the maximum is half of these files.',
  ),
  MAX_EVENT_STREAMS_PER_CALLER: count(100).describe(
    'Maximum number of open event streams of one user, or of one API key, in this process. Further requests get 429. The default allows a person with many tabs.',
  ),
  MAX_EVENT_STREAMS_PER_ADDRESS: count(1_000).describe(
    'Maximum number of open event streams from one network address (IPv6: one /64), in this process. Further requests get 429. The default allows an office behind one address. If `TRUSTED_PROXIES` does not contain your reverse proxy, all clients have the address of the proxy, and this is their limit together.',
  ),
  MAX_ANONYMOUS_EVENT_STREAMS_PER_ADDRESS: count(200).describe(
    'Maximum number of open event streams without a token from one network address, in this process. Further requests get 429. They also count for `MAX_EVENT_STREAMS_PER_ADDRESS`.',
  ),
  UPLOAD_LIMIT_SECONDS: count(3_600).describe(
    'Seconds in which a request must arrive completely; a slower request is aborted. The default of one hour allows large uploads over slow connections.',
  ),
})

export type Environment = z.output<typeof environmentSchema>
