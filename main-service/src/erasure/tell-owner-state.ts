import { ownerEndpoints, type OwnerNews } from '@likeness/internal-api'
import { call, type ServiceClient } from '@likeness/service-kit/client'

import type { Maindb } from '../maindb.ts'
import { owe } from '../outbox/outbox-rows.ts'
import type { Delivery } from '../outbox/relay.ts'
import { raiseUserEpochAbove } from '../users/user-rows.ts'
import { finishErasure } from './finish-erasure.ts'

/**
 * Tells medias-service what has become of an owner, so that their media go, come back or are erased with them. It does
 * so for some seconds at a time, and is asked again until it is done. One who is erased goes here when their media are
 * gone there, and not before.
 *
 * medias-service may know newer of them than maindb does: maindb was restored from a backup. Then what is here is said
 * anew, as the newest; only who is erased there stays so.
 */
export const tellOwnerState =
  ({ maindb, mediasService }: { maindb: Maindb; mediasService: ServiceClient }): Delivery =>
  async ({ subject, payload }) => {
    // The outbox stores the payloads of every kind as JSON; the callers of `owe` write this one.
    const body = payload as OwnerNews
    const answer = await call(mediasService, ownerEndpoints.reportState, { params: { id: subject }, body })
    const { state, revision, done } = answer
    if (state !== body.state) {
      if (state === 'erased') throw new Error('medias-service has erased this owner for good')
      await maindb.transaction(async (unit) => {
        const newest = await raiseUserEpochAbove(unit, subject, revision)
        if (newest !== undefined) await owe(unit, 'owner-state', subject, { ...body, revision: newest })
      })
      return 'done'
    }
    if (done && state === 'erased') await finishErasure(maindb, subject)
    return done ? 'done' : 'more'
  }
