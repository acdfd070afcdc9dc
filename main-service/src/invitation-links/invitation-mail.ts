import type { Environment } from '../env.ts'
import type { Mail } from '../mail/mail-message.ts'
import type { Letter } from './invitation-rows.ts'

type Settings = Pick<Environment, 'INVITATION_URL' | 'MAIL_FROM' | 'NODE_ENV' | 'TOKEN_ISSUER'>

const readableTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** Names the inviter, the product (the name in MAIL_FROM), the link, and its expiry. */
export function writeInvitationMail({ email, inviter, expiresAt }: Letter, token: string, settings: Settings): Mail {
  const place = settings.MAIL_FROM.name || 'Likeness'
  const invitation = inviter === null ? `You are invited to ${place}` : `${inviter} invites you to ${place}`
  const link = new URL(settings.INVITATION_URL)
  link.searchParams.set('token', token)
  return {
    to: email,
    subject: invitation,
    text: [
      `${invitation}.`,
      'To accept, follow this link and choose a password:',
      link.href,
      `The link works once, until ${readableTime.format(expiresAt)} UTC. If another mail like this comes, use the last one.`,
      'If you did not expect this, do nothing: without your password nobody gets in.',
      ...(settings.NODE_ENV === 'production' ? [] : [withoutPage(settings.TOKEN_ISSUER, token)]),
    ].join('\n\n'),
  }
}

/** In development the page behind the link may not exist yet. */
const withoutPage = (authService: string, token: string): string =>
  `Without a page at that address, in development:

curl -sS ${new URL('/api/v1/auth/invitations/accept', authService).href} \\
  -H 'Content-Type: application/json' \\
  -d '{"token":"${token}","password":"a password of your own"}'`
