import type { BackgroundTask } from '@likeness/service-kit'

import type { Context } from './context.ts'
import { startHousekeeping } from './housekeeping.ts'
import { sendInvitation } from './invitations/send-invitation.ts'
import { startRelay } from './outbox/relay.ts'
import { tellOwnerState } from './users/tell-owner-state.ts'

/** Starts what works without being asked. */
export function startBackground(context: Context): BackgroundTask {
  const { maindb, logger, metrics, environment, mediasService } = context
  const relay = startRelay({
    maindb,
    url: environment.MAINDB_URL,
    logger,
    metrics,
    deliveries: { 'owner-state': tellOwnerState(mediasService), 'invitation-mail': sendInvitation(context) },
  })
  const stopHousekeeping = startHousekeeping(maindb, logger)
  return {
    async stop() {
      await Promise.all([relay.stop(), stopHousekeeping()])
    },
  }
}
