import { ownerEndpoints, type OwnerReport } from '@likeness/internal-api'
import { call, type ServiceClient } from '@likeness/service-kit/client'

import type { Maindb } from '../maindb.ts'
import { enqueue } from '../outbox/outbox-rows.ts'
import type { Delivery } from '../outbox/relay.ts'
import { raiseUserEpochAbove } from '../users/user-rows.ts'
import { finishErasure } from './finish-erasure.ts'

/**
 * Reports the state of an owner to medias-service, which trashes, restores or erases the owner's media. medias-service
 * works for a few seconds per call, and is called again until it is done. The row of an erased user is deleted after
 * the media.
 *
 * medias-service has a newer revision than maindb if maindb was restored from a backup. Then the state in maindb is
 * reported again with a higher revision. An owner whom medias-service has erased remains erased.
 */
export const reportOwnerState =
  ({ maindb, mediasService }: { maindb: Maindb; mediasService: ServiceClient }): Delivery =>
  async ({ subject, payload }) => {
    // The outbox stores payloads as JSON; callers of `enqueue` write this type.
    const body = payload as OwnerReport
    const answer = await call(mediasService, ownerEndpoints.reportState, { params: { id: subject }, body })
    const { state, revision, done } = answer
    if (state !== body.state) {
      if (state === 'erased') throw new Error('medias-service has already erased the media of this owner permanently')
      await maindb.transaction(async (unit) => {
        const newest = await raiseUserEpochAbove(unit, subject, revision)
        if (newest !== undefined) await enqueue(unit, 'owner-state', subject, { ...body, revision: newest })
      })
      return 'done'
    }
    if (done && state === 'erased') await finishErasure(maindb, subject)
    return done ? 'done' : 'more'
  }
