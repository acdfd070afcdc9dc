import { z } from 'zod'

import { endpoint } from './endpoint.ts'

/** medias-service reads the presets from the presets file. main-service uses their names in the URLs of avatars. */
export const presetEndpoints = {
  /** The names of the presets. With `after`, the request waits until the names differ from the names at that cursor. */
  follow: endpoint({
    method: 'get',
    path: '/internal/presets',
    query: z.object({
      after: z.string().max(100).optional().describe('The cursor of the last response.'),
      wait: z.coerce.number<number>().int().min(0).max(20).default(0).describe('Seconds to wait for a change.'),
    }),
    answers: {
      200: z.object({
        names: z.array(z.string()).describe('In the order of the presets file.'),
        cursor: z.string().describe('Opaque.'),
      }),
    },
  }),
}
