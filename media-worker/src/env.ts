import { fileURLToPath } from 'node:url'

import { commonEnvironment, port, postgresUrl } from '@likeness/service-kit/process'
import { z } from 'zod'

const integer = (min = 1) => z.coerce.number().int().min(min)
const integerOr = (defaultValue: number) => integer().default(defaultValue)

export const environmentSchema = z.object({
  ...commonEnvironment,
  MEDIASDB_URL: postgresUrl('postgres://likeness:likeness@127.0.0.1:5433/mediasdb').describe(
    'URL of mediasdb. Must be the database that medias-service uses.',
  ),
  AMQP_URL: z
    .string()
    .regex(/^amqps?:\/\//, 'must be a URL such as amqp://user:password@host:5672/vhost')
    .default('amqp://127.0.0.1:5672')
    .describe(
      'URL of RabbitMQ, which distributes the jobs to the workers. Must have the same virtual host for medias-service.',
    ),
  AMQP_TOPOLOGY: z
    .enum(['declare', 'check'])
    .default('declare')
    .describe(
      'What this process does with the exchange and the queues when it connects to RabbitMQ: `declare` creates them, and `check` only checks that they exist, so that the user needs no right to configure. With `check`, run `npm run broker:setup` or the container `broker-setup` first. Production uses `check`.',
    ),
  MEDIA_STORE_DIR: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../../.local/store', import.meta.url)))
    .describe('Folder of the file store. Every medias-service and every worker must use the same folder.'),
  NODE_COMPILE_CACHE: z
    .string()
    .optional()
    .describe(
      "Folder of Node's compile cache (Node 22 or later), which shortens the start of the worker and of its render processes. The container image sets it.",
    ),
  HOST: z
    .string()
    .default('::')
    .describe(
      'Address on which the worker listens, for health checks and metrics. `::` means all addresses, including IPv4.',
    ),
  WORKER_PORT: port(3003).describe(
    'Port on which the worker listens, for health checks and metrics. If the port is in use, the worker tries the following 50 ports.',
  ),
  WORKER_SLOTS: integer()
    .optional()
    .describe(
      'Number of slots, which is the number of uploads that the worker renders at the same time. Default: one slot for each available core, or fewer if the memory is not sufficient.',
    ),
  MAX_MEGAPIXELS: integerOr(100).describe(
    'Maximum size of a picture, in megapixels. A larger picture fails with `too-many-pixels`.',
  ),
  MAX_SIDE: integerOr(20_000).describe(
    'Maximum width and height of a picture, in pixels. A larger picture fails with `side-too-long`.',
  ),
  MAX_FRAMES: integerOr(200).describe(
    'Maximum number of frames of an animation. A longer animation fails with `too-many-frames`.',
  ),
  MAX_OUTPUT_MB: integerOr(1_024).describe(
    'Maximum size of the pixels of a rendition before encoding, all frames together, in MB. A picture that needs more fails with `output-too-large`.',
  ),
  RENDER_TIMEOUT_SECONDS: integerOr(60).describe(
    'Limit of the CPU time for rendering a picture that is not an SVG, in seconds. After the limit, the render process is killed, and the picture fails with `render-timeout`. It is not retried.',
  ),
  RENDER_DRAWING_TIMEOUT_SECONDS: integerOr(3).describe(
    'Limit of the CPU time for rendering an SVG, in seconds. Shorter than RENDER_TIMEOUT_SECONDS, because an SVG of a few hundred bytes can take minutes.',
  ),
  RENDER_MEMORY_MB: integer(256)
    .optional()
    .describe(
      'Memory limit of a render process, in MB. A process that uses more is killed and the job is retried. After the third time, the picture fails with `render-crashed`. Default: an equal share of the available memory, from 512 to 3072.',
    ),
})
export type Environment = z.output<typeof environmentSchema>
