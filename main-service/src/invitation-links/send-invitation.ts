import { createHash, randomBytes } from 'node:crypto'

import { now } from '@likeness/postgres'

import type { Environment } from '../env.ts'
import { MailError } from '../mail/mail-error.ts'
import type { Mailer } from '../mail/mail.ts'
import type { Maindb } from '../maindb.ts'
import type { Delivery } from '../outbox/relay.ts'
import { writeInvitationMail } from './invitation-mail.ts'
import { giveToken } from './invitation-rows.ts'

/** How long a link works, from its mail on. */
const VALID_DAYS = 7

/**
 * Sends the mail of an invitation with a token that is made for it and kept nowhere, only its hash, and before the mail
 * leaves: its link works when it arrives. Whoever gets two, as the first one's fate was not known, has a link that works
 * in the last.
 */
export const sendInvitation =
  ({ maindb, mailer, environment }: { maindb: Maindb; mailer: Mailer; environment: Environment }): Delivery =>
  async ({ subject: invitationId }) => {
    const token = randomBytes(32).toString('base64url')
    const tokenHash = createHash('sha256').update(token).digest('hex')
    const letter = await maindb.transaction((unit) => giveToken(unit, invitationId, tokenHash, VALID_DAYS))
    if (!letter) return 'done'
    try {
      await mailer.send(writeInvitationMail(letter, token, environment))
    } catch (error) {
      if (!(error instanceof MailError) || !error.permanent) throw error
      const failedReason = error.message.replace(/\p{Cc}+/gu, ' ').toWellFormed()
      await maindb.Invitation.update({ failedReason, tokenHash: null, expiresAt: null }, { where: { tokenHash } })
      return 'done'
    }
    // Nothing happens where another mail has replaced the token meanwhile.
    await maindb.Invitation.update({ sentAt: now }, { where: { tokenHash } })
    return 'done'
  }
