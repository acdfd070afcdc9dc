import { problemOf, type ServiceClient } from '@likeness/service-kit'
import { z } from 'zod'

import { finishErasure } from '../erasure/finish-erasure.ts'
import type { Maindb } from '../maindb.ts'
import type { Delivery } from '../outbox/relay.ts'

const answer = z.object({ state: z.string(), done: z.boolean() })

/**
 * Tells medias-service what has become of an owner, so that their media go, come back or are erased with them. It does
 * so for some seconds at a time, and is asked again until it is done. One who is erased goes here when their media are
 * gone there, and not before.
 */
export const tellOwnerState =
  ({ maindb, mediasService }: { maindb: Maindb; mediasService: ServiceClient }): Delivery =>
  async ({ subject, payload }) => {
    const given = await mediasService.send('PUT', `/internal/owners/${subject}`, { body: payload })
    if (given.status >= 400) throw problemOf(given)
    const { state, done } = answer.parse(given.body)
    if (payload['state'] === 'erased') {
      // It has been told something newer of them, by a maindb that was since restored from a backup.
      if (state !== 'erased') throw new Error(`medias-service holds this owner to be ${state}`)
      if (done) await finishErasure(maindb, subject)
    }
    return done ? 'done' : 'more'
  }
