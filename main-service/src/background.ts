import type { BackgroundTask } from '@likeness/service-kit/process'

import { followMediaPresets } from './avatars/follow-media-presets.ts'
import type { Context } from './context.ts'
import { reportOwnerState } from './erasure/report-owner-state.ts'
import { startHousekeeping } from './housekeeping/housekeeping.ts'
import { sendInvitation } from './invitation-links/send-invitation.ts'
import type { OutboxKind } from './models/outbox.ts'
import { startRelay, type Delivery } from './outbox/relay.ts'

/** Starts the background tasks: the relay of the outbox, housekeeping, and the follower of medias-service's presets. */
export function startBackground(context: Context): BackgroundTask {
  const { maindb, logger, metrics, environment } = context
  const relay = startRelay({
    maindb,
    url: environment.MAINDB_URL,
    logger,
    metrics,
    deliveries: {
      'owner-state': reportOwnerState(context),
      'invitation-mail': sendInvitation(context),
    } satisfies Record<OutboxKind, Delivery>,
  })
  const housekeeping = startHousekeeping(context)
  const presets = followMediaPresets(context)
  return {
    async stop() {
      await Promise.all([relay.stop(), housekeeping.stop(), presets.stop()])
    },
  }
}
