import type { Transporter } from 'nodemailer'

import type { SmtpServer } from './mail-environment.ts'
import { MailError } from './mail-error.ts'
import type { Delivery } from './mail-message.ts'

/** How long an answer of `check` holds: each asks with a login, and servers count those. */
const CHECKED_MS = { there: 60_000, away: 10_000 }

/** Of a session rather than of a mail: bad sequence, and what RFC 4954, 4 and 6, says about logins. */
const sessionFaults = new Set([503, 530, 534, 535, 538])

/** As much of nodemailer's errors as is decided by. */
interface SmtpFault extends Error {
  code?: string
  originalCode?: string
  response?: string
  responseCode?: number
  command?: string
}

/**
 * Hands mail to a server, over a few connections that are kept and made again as needed.
 *
 * @param limitMs after which a delivery has ended, one way or the other
 */
export function createSmtpDelivery(server: SmtpServer, limitMs: number): Delivery {
  // nodemailer is loaded for the first mail or check; a missing one must fail here, at the start.
  import.meta.resolve?.('nodemailer')
  let opening: Promise<Transporter> | undefined
  const transport = () => (opening ??= openTransport(server, limitMs))
  let checked: { outcome: Promise<void>; until: number } | undefined

  function verify() {
    const outcome = transport()
      .then((opened) => opened.verify())
      .then(
        () => undefined,
        (error: SmtpFault) => {
          checked = { outcome, until: Date.now() + CHECKED_MS.away }
          throw asMailError(error)
        },
      )
    checked = { outcome, until: Date.now() + CHECKED_MS.there }
    return outcome
  }

  return {
    async deliver({ from, to, ...message }) {
      try {
        const opened = await transport()
        await opened.sendMail({
          ...message,
          from,
          to: { name: '', address: to },
          maxRecipients: 1,
          signal: AbortSignal.timeout(limitMs),
        })
      } catch (error) {
        throw asMailError(error as SmtpFault)
      }
    },

    check: () => (checked && Date.now() < checked.until ? checked.outcome : verify()),

    close: () => void opening?.then((opened) => opened.close()),
  }
}

async function openTransport(server: SmtpServer, limitMs: number): Promise<Transporter> {
  const { host, port, secure, requireTls, verifyCertificate, login } = server
  const { createTransport } = await import('nodemailer')
  return createTransport({
    pool: true,
    host,
    port,
    secure,
    requireTLS: requireTls,
    tls: { rejectUnauthorized: verifyCertificate },
    ...(login ? { auth: { user: login.user, pass: login.password } } : {}),
    connectionTimeout: limitMs / 2,
    dnsTimeout: limitMs / 2,
    greetingTimeout: limitMs / 2,
    socketTimeout: limitMs,
    socketCloseTimeout: 1_000,
    // It would log each line of each mail.
    logger: false,
    debug: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

function asMailError(error: SmtpFault): MailError {
  const { code, originalCode, responseCode, response, command } = error
  // Some servers repeat what they did not like: of a login that is the password.
  const isLogin = code === 'EAUTH' || command?.startsWith('AUTH')
  if (isLogin)
    return new MailError('The mail server refused our login.', { permanent: false, code: tell(responseCode) })
  if (responseCode) {
    const permanent = isPermanent(responseCode, command)
    return new MailError(`The mail server answered: ${withoutLinks(response ?? '')}`, {
      permanent,
      code: tell(responseCode),
    })
  }
  if (code === 'EABORT') return new MailError('The mail server took too long.', { permanent: false, code: 'ETIMEDOUT' })
  // Never sent to the server: too big for what it takes, or no address that a command can carry.
  const permanent = code === 'EMESSAGE' || code === 'EENVELOPE'
  return new MailError(
    permanent ? 'The mail server cannot take such a mail.' : 'The mail server could not be reached.',
    {
      permanent,
      code: originalCode ?? code,
      cause: error,
    },
  )
}

/** RFC 5321, 4.2.1: 5yz is for good. Said of the sender it is our configuration's fault, unless it is the size (552). */
const isPermanent = (responseCode: number, command: string | undefined): boolean =>
  responseCode >= 500 &&
  !sessionFaults.has(responseCode) &&
  (command === 'RCPT TO' || command === 'DATA' || responseCode === 552)

const tell = (responseCode: number | undefined): string | undefined => responseCode?.toString()

/** Spam filters repeat the link that they did not like, and ours sign people in. */
const withoutLinks = (reply: string): string => reply.replace(/\S*:\/\/\S*/g, '[link]').slice(0, 300)
