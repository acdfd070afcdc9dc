import type { Transporter } from 'nodemailer'

import type { SmtpServer } from './mail-environment.ts'
import { MailError } from './mail-error.ts'
import type { Delivery } from './mail-message.ts'

/** How long a result of `check` is cached, because each check logs in and servers limit logins. */
const CACHE_MS = { success: 60_000, failure: 10_000 }

/** Reply codes about the session and not the mail: wrong sequence, and the login errors of RFC 4954 §4 and §6. */
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
  // The package is loaded with the first mail or check. This line lets the start fail if the package is missing.
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
          checked = { outcome, until: Date.now() + CACHE_MS.failure }
          throw asMailError(error)
        },
      )
    checked = { outcome, until: Date.now() + CACHE_MS.success }
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
  // Some servers repeat the rejected command, which contains the password if the command is a login.
  const isLogin = code === 'EAUTH' || command?.startsWith('AUTH')
  if (isLogin)
    return new MailError('The mail server rejected the login. Check the user and the password in SMTP_URL.', {
      permanent: false,
      code: codeOf(responseCode),
    })
  if (responseCode) {
    const permanent = isPermanent(responseCode, command)
    return new MailError(`The mail server replied: ${withoutLinks(response ?? '')}`, {
      permanent,
      code: codeOf(responseCode),
    })
  }
  if (code === 'EABORT')
    return new MailError('The mail server did not reply in time.', { permanent: false, code: 'ETIMEDOUT' })
  // nodemailer did not send the mail: it exceeds the server's size limit, or the server does not support the address.
  const permanent = code === 'EMESSAGE' || code === 'EENVELOPE'
  return new MailError(
    permanent
      ? 'The mail server does not support this address, or the mail is too large.'
      : 'The mail server is unreachable.',
    {
      permanent,
      code: originalCode ?? code,
      cause: error,
    },
  )
}

/**
 * RFC 5321 §4.2.1: 5yz is permanent. After another command than RCPT TO and DATA, a 5yz is an error of the configuration,
 * such as a rejected sender, which can be fixed. Exception: 552, the mail is too large.
 */
const isPermanent = (responseCode: number, command: string | undefined): boolean =>
  responseCode >= 500 &&
  !sessionFaults.has(responseCode) &&
  (command === 'RCPT TO' || command === 'DATA' || responseCode === 552)

const codeOf = (responseCode: number | undefined): string | undefined => responseCode?.toString()

/** Spam filters repeat the rejected link in their reply, and the links in these mails sign users in. */
const withoutLinks = (reply: string): string => reply.replace(/\S*:\/\/\S*/g, '[link]').slice(0, 300)
