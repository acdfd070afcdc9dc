import { fileURLToPath } from 'node:url'

import { commonEnvironment, port, postgresUrl } from '@likeness/service-kit/process'
import { z } from 'zod'

const number = (least = 1) => z.coerce.number().int().min(least)
const whole = (standard: number) => number().default(standard)

export const environmentSchema = z.object({
  ...commonEnvironment,
  MEDIASDB_URL: postgresUrl('postgres://likeness:likeness@127.0.0.1:5433/mediasdb').describe('URL of mediasdb.'),
  AMQP_URL: z
    .string()
    .regex(/^amqps?:\/\//, 'must be a URL such as amqp://user:password@host:5672/vhost')
    .default('amqp://127.0.0.1:5672')
    .describe('URL of RabbitMQ, which distributes the jobs.'),
  MEDIA_STORE_DIR: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../../.local/store', import.meta.url)))
    .describe('Folder of the file store. It must be the folder that medias-service uses.'),
  NODE_COMPILE_CACHE: z
    .string()
    .optional()
    .describe(
      "Folder of Node's compile cache (Node 22+), also used by render processes. Shortens starts. Set in the image.",
    ),
  HOST: z
    .string()
    .default('::')
    .describe('Address for health and metrics. `::` listens on all addresses, including IPv4.'),
  WORKER_PORT: port(3003).describe(
    'Port for health and metrics. If it is in use, the next free port of the following 50 is used.',
  ),
  WORKER_SLOTS: number()
    .optional()
    .describe('Pictures rendered at once. Default: one for each available core, if the available memory suffices.'),
  MAX_MEGAPIXELS: z.coerce
    .number()
    .positive()
    .default(100)
    .describe('Maximum size of a picture, in megapixels. Larger pictures fail.'),
  MAX_SIDE: whole(20_000).describe('Maximum width and height of a picture, in pixels. Larger pictures fail.'),
  MAX_FRAMES: whole(200).describe('Maximum number of frames. Longer animations fail.'),
  MAX_OUTPUT_MB: whole(1_024).describe(
    'Maximum megabytes of pixels in the largest rendition, all frames together. A picture that needs more fails.',
  ),
  RENDER_DRAWING_TIMEOUT_SECONDS: whole(10).describe(
    'The same for an SVG. It is shorter, because an SVG of a few hundred bytes can take minutes.',
  ),
  RENDER_TIMEOUT_SECONDS: whole(60).describe(
    'Seconds to render a picture. After that its process is killed and the attempt fails.',
  ),
  RENDER_MEMORY_MB: number(256)
    .optional()
    .describe(
      'Megabytes of memory for a render process, which is killed when it uses more. Default: an equal share of the available memory, from 512 to 3072.',
    ),
})
export type Environment = z.output<typeof environmentSchema>
