import { createHash, randomBytes } from 'node:crypto'

import { now } from '@likeness/postgres'

import type { Environment } from '../env.ts'
import { MailError } from '../mail/mail-error.ts'
import type { Mailer } from '../mail/mail.ts'
import type { Maindb } from '../maindb.ts'
import type { Delivery } from '../outbox/relay.ts'
import { writeInvitationMail } from './invitation-mail.ts'
import { replaceToken } from './invitation-rows.ts'

/** Days for which a link works after its mail was sent. */
const VALID_DAYS = 7

/**
 * Sends the mail of an invitation with a new token. Only the hash of the token is stored. It is stored before the mail
 * is sent, so that the link works when the mail arrives. A retry sends another mail with another token, and only the
 * link in the latest mail works.
 */
export const sendInvitation =
  ({ maindb, mailer, environment }: { maindb: Maindb; mailer: Mailer; environment: Environment }): Delivery =>
  async ({ subject: invitationId }) => {
    const token = randomBytes(32).toString('base64url')
    const tokenHash = createHash('sha256').update(token).digest('hex')
    const content = await maindb.transaction((unit) => replaceToken(unit, invitationId, tokenHash, VALID_DAYS))
    if (!content) return 'done'
    try {
      await mailer.send(writeInvitationMail(content, token, environment))
    } catch (error) {
      if (!(error instanceof MailError) || !error.permanent) throw error
      const failedReason = error.message.replace(/\p{Cc}+/gu, ' ').toWellFormed()
      await maindb.Invitation.update({ failedReason, tokenHash: null, expiresAt: null }, { where: { tokenHash } })
      return 'done'
    }
    // Changes nothing if another mail has replaced the token in the meantime.
    await maindb.Invitation.update({ sentAt: now }, { where: { tokenHash } })
    return 'done'
  }
