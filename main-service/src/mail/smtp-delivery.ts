import type { Transporter } from 'nodemailer'

import type { SmtpServer } from './mail-environment.ts'
import { MailError } from './mail-error.ts'
import type { Delivery } from './mail-message.ts'

/** How long a result of `check` is cached: each check logs in, and servers limit logins. */
const CHECKED_MS = { there: 60_000, away: 10_000 }

/** Reply codes about the session, not the mail: bad sequence, and the login errors of RFC 4954 §4 and §6. */
const sessionFaults = new Set([503, 530, 534, 535, 538])

/** The fields of nodemailer's errors that are used here. */
interface SmtpFault extends Error {
  code?: string
  originalCode?: string
  response?: string
  responseCode?: number
  command?: string
}

/**
 * Sends mail through a server, over a pool of connections.
 *
 * @param limitMs milliseconds after which a delivery has succeeded or failed
 */
export function createSmtpDelivery(server: SmtpServer, limitMs: number): Delivery {
  // nodemailer is loaded for the first mail or check. If it is missing, the start must fail.
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
    // The log would contain every line of every mail.
    logger: false,
    debug: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

function asMailError(error: SmtpFault): MailError {
  const { code, originalCode, responseCode, response, command } = error
  // Some servers repeat the refused command, which for a login contains the password.
  const isLogin = code === 'EAUTH' || command?.startsWith('AUTH')
  if (isLogin)
    return new MailError('The mail server refused our login.', { permanent: false, code: codeOf(responseCode) })
  if (responseCode) {
    const permanent = isPermanent(responseCode, command)
    return new MailError(`The mail server answered: ${withoutLinks(response ?? '')}`, {
      permanent,
      code: codeOf(responseCode),
    })
  }
  if (code === 'EABORT') return new MailError('The mail server took too long.', { permanent: false, code: 'ETIMEDOUT' })
  // Not sent to the server: the mail exceeds its size limit, or an address cannot be written in a command.
  const permanent = code === 'EMESSAGE' || code === 'EENVELOPE'
  return new MailError(
    permanent ? 'The mail server does not accept such a mail.' : 'The mail server could not be reached.',
    {
      permanent,
      code: originalCode ?? code,
      cause: error,
    },
  )
}

/** RFC 5321 §4.2.1: 5yz is permanent. About the sender it is an error of our configuration, except 552, the size. */
const isPermanent = (responseCode: number, command: string | undefined): boolean =>
  responseCode >= 500 &&
  !sessionFaults.has(responseCode) &&
  (command === 'RCPT TO' || command === 'DATA' || responseCode === 552)

const codeOf = (responseCode: number | undefined): string | undefined => responseCode?.toString()

/** Spam filters repeat the link that they refuse, and our links sign people in. */
const withoutLinks = (reply: string): string => reply.replace(/\S*:\/\/\S*/g, '[link]').slice(0, 300)
