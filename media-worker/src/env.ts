import { fileURLToPath } from 'node:url'

import { commonEnvironment, port, postgresUrl } from '@likeness/service-kit/process'
import { z } from 'zod'

const number = (least = 1) => z.coerce.number().int().min(least)
const whole = (standard: number) => number().default(standard)

export const environmentSchema = z.object({
  ...commonEnvironment,
  MEDIASDB_URL: postgresUrl('postgres://likeness:likeness@127.0.0.1:5433/mediasdb').describe(
    'The database of media, versions and sizes.',
  ),
  AMQP_URL: z
    .string()
    .regex(/^amqps?:\/\//, 'must be a URL such as amqp://user:password@host:5672/vhost')
    .default('amqp://127.0.0.1:5672')
    .describe('The broker that hands out the jobs.'),
  MEDIA_STORE_DIR: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../../.local/store', import.meta.url)))
    .describe('The folder of the file store, the same as that of medias-service.'),
  NODE_COMPILE_CACHE: z
    .string()
    .optional()
    .describe(
      "The folder of Node's compile cache (Node 22 and later), which the render processes use too: it shortens each start. The image has one.",
    ),
  HOST: z.string().default('::').describe('Address for health and metrics. `::` means all addresses, IPv4 included.'),
  WORKER_PORT: port(3003).describe(
    'The port of health and metrics; where it is taken, the next free one up to 50 further.',
  ),
  WORKER_SLOTS: number()
    .optional()
    .describe(
      'Pictures rendered at once; unless set, one for each core given, as far as the memory given carries them.',
    ),
  MAX_MEGAPIXELS: z.coerce.number().positive().default(100).describe('Pictures with more megapixels fail.'),
  MAX_SIDE: whole(20_000).describe('Pictures with a longer side, in pixels, fail.'),
  MAX_FRAMES: whole(200).describe('Animations with more frames fail.'),
  MAX_OUTPUT_MB: whole(1_024).describe(
    'A picture fails whose largest rendition has more megabytes of pixels, all its frames together.',
  ),
  RENDER_DRAWING_TIMEOUT_SECONDS: whole(10).describe(
    'The same for an SVG: a few hundred bytes of it can ask for minutes, and nobody else should wait for them.',
  ),
  RENDER_TIMEOUT_SECONDS: whole(60).describe('A picture that takes longer fails, and its process is killed.'),
  RENDER_MEMORY_MB: number(256)
    .optional()
    .describe(
      'The process of a picture that takes more memory is killed; unless set, what the memory given leaves to each, at least 512 and at most 3072.',
    ),
})
export type Environment = z.output<typeof environmentSchema>
