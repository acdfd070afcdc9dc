import type { Logger, Metrics } from '@likeness/service-kit/process'
import { Counter } from 'prom-client'

import { createFolderDelivery } from './folder-delivery.ts'
import { isDefaultSender, type MailEnvironment } from './mail-environment.ts'
import { MailError } from './mail-error.ts'
import { composeMessage, type Delivery, type Mail } from './mail-message.ts'
import { createSmtpDelivery } from './smtp-delivery.ts'

export interface MailerOptions {
  environment: MailEnvironment & { NODE_ENV: string }
  logger: Logger
  metrics: Metrics
  /** Milliseconds after which sending a mail has succeeded or failed. */
  limitMs?: number
}

export interface Mailer {
  /**
   * Resolves when the server has accepted the mail, or its file is written. Resolves or rejects within 10 s.
   *
   * @throws {MailError} permanent or transient. After a transient error, the mail may still arrive.
   */
  send(mail: Mail): Promise<void>
  /** For `/readyz`. Throws if mail cannot be sent. A success is cached for a minute, a failure for 10 s. */
  check(): Promise<void>
  /** Rejects further mails. Resolves when every pending mail is sent or has failed. */
  close(): Promise<void>
}

/** Sends mails by SMTP if SMTP_URL is set. Otherwise writes mails to a folder in development, and sends none in production. */
export function createMailer({ environment, logger, metrics, limitMs = 10_000 }: MailerOptions): Mailer {
  const mails = new Counter({
    name: 'likeness_mails_total',
    help: 'Mails by outcome: sent, transient error or permanent error.',
    labelNames: ['outcome'],
    registers: [metrics],
  })
  const delivery = chooseDelivery(environment, logger, limitMs)
  const pending = new Set<Promise<void>>()
  let isClosed = false

  async function deliver(mail: Mail): Promise<void> {
    const startedAt = performance.now()
    try {
      if (isClosed) throw new MailError('The process is shutting down and sends no more mail.', { permanent: false })
      await delivery.deliver(composeMessage(mail, environment.MAIL_FROM))
      mails.inc({ outcome: 'sent' })
      logger.info({ event: 'mail.sent', ms: Math.round(performance.now() - startedAt) })
    } catch (error) {
      const outcome = error instanceof MailError && error.permanent ? 'permanent' : 'transient'
      mails.inc({ outcome })
      logger.warn({ event: 'mail.not-sent', outcome, error })
      throw error
    }
  }

  return {
    send(mail) {
      const sending = deliver(mail)
      pending.add(sending)
      return sending.finally(() => pending.delete(sending))
    },
    check: () => delivery.check(),
    async close() {
      isClosed = true
      await Promise.allSettled(pending)
      delivery.close()
    },
  }
}

function chooseDelivery(environment: MailerOptions['environment'], logger: Logger, limitMs: number): Delivery {
  const { NODE_ENV, SMTP_URL, MAIL_FROM, MAIL_DIR } = environment
  if (SMTP_URL) {
    if (isDefaultSender(MAIL_FROM)) {
      logger.warn({
        event: 'mail.no-sender',
        message: 'MAIL_FROM is not set, and few mail servers accept its default. Set it to an address of your domain.',
      })
    }
    return createSmtpDelivery(SMTP_URL, limitMs)
  }
  if (NODE_ENV !== 'production') return createFolderDelivery(MAIL_DIR, logger)
  logger.warn({
    event: 'mail.not-configured',
    message: 'SMTP_URL is not set, so no mail is sent. Set it to the URL of your mail server.',
  })
  return noDelivery
}

const refuse = async (): Promise<never> => {
  throw new MailError('Mail is not configured: SMTP_URL is not set.', { permanent: false })
}

const noDelivery: Delivery = { deliver: refuse, check: refuse, close: () => undefined }
