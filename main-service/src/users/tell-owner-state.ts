import { problemOf, type ServiceClient } from '@likeness/service-kit'
import { z } from 'zod'

import type { Delivery } from '../outbox/relay.ts'

const answer = z.object({ done: z.boolean() })

/**
 * Tells medias-service what has become of an owner, so that their media go, come back or are erased with them. It does
 * so for some seconds at a time, and is asked again until it is done.
 */
export const tellOwnerState =
  (mediasService: ServiceClient): Delivery =>
  async ({ subject, payload }) => {
    const given = await mediasService.send('PUT', `/internal/owners/${subject}`, { body: payload })
    if (given.status >= 400) throw problemOf(given)
    return answer.parse(given.body).done ? 'done' : 'more'
  }
