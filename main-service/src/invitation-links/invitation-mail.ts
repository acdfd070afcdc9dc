import type { Environment } from '../env.ts'
import type { Mail } from '../mail/mail-message.ts'
import type { MailContent } from './invitation-rows.ts'

type Settings = Pick<Environment, 'INVITATION_URL' | 'MAIL_FROM' | 'NODE_ENV' | 'PUBLIC_URL' | 'TOKEN_ISSUER'>

const readableTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** Writes the mail with the link. The name of the product is the name in MAIL_FROM. */
export function writeInvitationMail(
  { email, inviter, expiresAt }: MailContent,
  token: string,
  settings: Settings,
): Mail {
  const product = settings.MAIL_FROM.name || 'Likeness'
  const invitation = inviter === null ? `You are invited to ${product}` : `${inviter} invites you to ${product}`
  const link = new URL(settings.INVITATION_URL)
  link.searchParams.set('token', token)
  return {
    to: email,
    subject: invitation,
    text: [
      `${invitation}.`,
      'To accept the invitation, open this link and choose a password:',
      link.href,
      `The link works once, until ${readableTime.format(expiresAt)} UTC. If you receive this mail more than once, use the link in the latest one.`,
      'If you did not expect this invitation, ignore this mail. Without the link, nobody can use the account.',
      ...(settings.NODE_ENV === 'production' ? [] : [withoutPage(settings.PUBLIC_URL ?? settings.TOKEN_ISSUER, token)]),
    ].join('\n\n'),
  }
}

/** In development, the page behind the link may not exist yet. */
const withoutPage = (origin: string, token: string): string =>
  `In development, if there is no page at that address yet, accept the invitation with this command:

curl -sS ${new URL('/api/v1/auth/invitations/accept', origin).href} \\
  -H 'Content-Type: application/json' \\
  -d '{"token":"${token}","password":"choose-a-password"}'`
