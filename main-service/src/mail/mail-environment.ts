import { domainToASCII } from 'node:url'

import addressparser from 'nodemailer/lib/addressparser'
import { z } from 'zod'

/** Where mail is handed in. */
export interface SmtpServer {
  host: string
  port: number
  /** TLS from the first byte; otherwise by STARTTLS, when it is offered. */
  secure: boolean
  /** Rather no mail than one in clear text. */
  requireTls: boolean
  verifyCertificate: boolean
  login: { user: string; password: string } | undefined
}

/** Who mail is from. */
export interface Sender {
  name: string
  address: string
}

const DEFAULT_SENDER = 'Likeness <no-reply@localhost>'

/** RFC 8314, 3.3, and RFC 6409, 3.1. */
const standardPorts = { 'smtps:': 465, 'smtp:': 587 }

const flags = new Set(['requireTLS', 'tls.rejectUnauthorized'])

/**
 * The variables of a deployable that sends mail.
 *
 * @param folder where mail lies when there is no server; the deployable's own, as only it knows where the clone is
 */
export const mailEnvironment = (folder: string) => ({
  SMTP_URL: z
    .string()
    .transform((url, context) => {
      const server = readSmtpUrl(url)
      if (server) return server
      context.addIssue(
        'must be a URL such as smtp://user:password@host:587, special characters percent-encoded, with nothing after it but `?requireTLS=true` or `?tls.rejectUnauthorized=false`',
      )
      return z.NEVER
    })
    .optional()
    .describe(
      'The server that takes our mail: `smtp://user:password@host:587`, with TLS by STARTTLS when it is offered (`?requireTLS=true`: or no mail), or `smtps://`. Without one, mail is written to MAIL_DIR; production sends none.',
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
    .describe('Who our mail is from; the server behind SMTP_URL has to let it pass.'),
  MAIL_DIR: z
    .string()
    .default(folder)
    .describe('Where mail is written, one readable `.eml` each, when SMTP_URL is not set (development only).'),
})

export type MailEnvironment = z.output<z.ZodObject<ReturnType<typeof mailEnvironment>>>

/** By hand, for nodemailer takes any of its options from the query: logging every mail in full is one of them. */
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
    // What is wrong with it would be told with its password in it.
    return undefined
  }
}

/** Without the dot that a user's address needs: `no-reply@localhost` sends too. */
function readSender(value: string): Sender | undefined {
  const [sender, ...others] = addressparser(value)
  if (!sender?.address || others.length > 0 || /\p{Cc}/u.test(value)) return undefined
  return /^[^\s@]+@[^\s@]+$/.test(sender.address) ? { name: sender.name, address: sender.address } : undefined
}

/** Whether it is the sender that nobody has chosen, which few servers let pass. */
export const isDefaultSender = ({ address }: Sender): boolean => DEFAULT_SENDER.endsWith(`<${address}>`)
