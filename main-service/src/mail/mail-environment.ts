import { domainToASCII } from 'node:url'

import addressparser from 'nodemailer/lib/addressparser'
import { z } from 'zod'

/** The SMTP server that sends the mails of this product. */
export interface SmtpServer {
  host: string
  port: number
  /** true: TLS from the first byte. false: STARTTLS if the server offers it. */
  secure: boolean
  /** Whether sending fails if the server does not offer STARTTLS. */
  requireTls: boolean
  verifyCertificate: boolean
  login: { user: string; password: string } | undefined
}

/** The sender of all mails. */
export interface Sender {
  name: string
  address: string
}

const DEFAULT_SENDER = 'Likeness <no-reply@localhost>'

/** RFC 8314 §3.3 (465) and RFC 6409 §3.1 (587). */
const standardPorts = { 'smtps:': 465, 'smtp:': 587 }

const flags = new Set(['requireTLS', 'tls.rejectUnauthorized'])

/**
 * The variables of a deployable that sends mail.
 *
 * @param folder the default of MAIL_DIR. It depends on the place of the deployable in the repository.
 */
export const mailEnvironment = (folder: string) => ({
  SMTP_URL: z
    .string()
    .transform((url, context) => {
      const server = readSmtpUrl(url)
      if (server) return server
      context.addIssue(
        'must be a URL such as smtp://user:password@host:587, with special characters percent-encoded; the only options are `?requireTLS=true` and `?tls.rejectUnauthorized=false`',
      )
      return z.NEVER
    })
    .optional()
    .describe(
      'URL of the SMTP server: `smtp://user:password@host:587` uses STARTTLS if the server offers it (`?requireTLS=true` requires it), `smtps://` always uses TLS. If not set, mails are written to MAIL_DIR in development, and production sends no mail.',
    ),
  MAIL_FROM: z
    .string()
    .default(DEFAULT_SENDER)
    .transform((value, context) => {
      const sender = readSender(value)
      if (sender) return sender
      context.addIssue('must be one address, such as Likeness <no-reply@example.com>')
      return z.NEVER
    })
    .describe('Sender of all mails. The SMTP server rejects the mails if it does not accept this address.'),
  MAIL_DIR: z
    .string()
    .default(folder)
    .describe(
      'Folder to which mails are written if SMTP_URL is not set, in development only. Each mail is a readable `.eml` file.',
    ),
})

export type MailEnvironment = z.output<z.ZodObject<ReturnType<typeof mailEnvironment>>>

/** Parsed here, because nodemailer would accept any of its options in the query, such as logging every mail in full. */
function readSmtpUrl(value: string): SmtpServer | undefined {
  try {
    const { protocol, hostname, port, username, password, pathname, hash, searchParams } = new URL(value)
    const standardPort = standardPorts[protocol as keyof typeof standardPorts]
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : domainToASCII(decodeURIComponent(hostname))
    const isWhole = standardPort && host && port !== '0' && /^\/?$/.test(pathname) && hash === ''
    if (!isWhole || ![...searchParams].every(([name, flag]) => flags.has(name) && /^(true|false)$/.test(flag))) {
      return undefined
    }
    return {
      host,
      port: Number(port || standardPort),
      secure: protocol === 'smtps:',
      requireTls: searchParams.get('requireTLS') === 'true',
      verifyCertificate: searchParams.get('tls.rejectUnauthorized') !== 'false',
      login: username ? { user: decodeURIComponent(username), password: decodeURIComponent(password) } : undefined,
    }
  } catch {
    // The error is discarded, because it contains the password.
    return undefined
  }
}

/** Unlike the address of a user, the domain needs no dot: `no-reply@localhost` is valid. */
function readSender(value: string): Sender | undefined {
  const [sender, ...others] = addressparser(value)
  if (!sender?.address || others.length > 0 || /\p{Cc}/u.test(value)) return undefined
  return /^[^\s@]+@[^\s@]+$/.test(sender.address) ? { name: sender.name, address: sender.address } : undefined
}

/** Whether MAIL_FROM has its default value, which few servers accept. */
export const isDefaultSender = ({ address }: Sender): boolean => DEFAULT_SENDER.endsWith(`<${address}>`)
