import { Writable } from 'node:stream'

import { commonEnvironment, createMetrics, readEnvironment } from '@likeness/service-kit/process'
import { pino } from 'pino'
import { z } from 'zod'

import { mailEnvironment } from '../src/mail/mail-environment.ts'
import { MailError } from '../src/mail/mail-error.ts'
import { createMailer, type Mailer } from '../src/mail/mail.ts'

export interface TestMailer extends Mailer {
  /** The complete log, without the redaction and the short errors of a service's logger. */
  log(): string
  /** The number of mails with this outcome. */
  count(outcome: string): Promise<number>
}

export const settings = (variables: Record<string, string>, folder = '/nowhere') =>
  readEnvironment(z.object({ ...commonEnvironment, ...mailEnvironment(folder) }), variables)

/** Creates a mailer from environment variables, like a service. */
export function createTestMailer(variables: Record<string, string>, limitMs?: number): TestMailer {
  let log = ''
  const lines = new Writable({
    write(line, _encoding, done) {
      log += String(line)
      done()
    },
  })
  const metrics = createMetrics('test')
  const mailer = createMailer({
    environment: settings({ MAIL_FROM: 'Likeness <no-reply@likeness.test>', ...variables }),
    logger: pino({ level: 'trace', errorKey: 'error' }, lines),
    metrics,
    ...(limitMs ? { limitMs } : {}),
  })
  return {
    ...mailer,
    log: () => log,
    async count(outcome) {
      const counted = await metrics.getSingleMetric('likeness_mails_total')?.get()
      return counted?.values.find(({ labels }) => labels['outcome'] === outcome)?.value ?? 0
    },
  }
}

/** The MailError with which sending fails. Throws if sending succeeds, or fails with another error. */
export async function faultOf(sending: Promise<void>): Promise<MailError> {
  const fault: unknown = await sending.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(fault instanceof MailError)) throw new Error('no MailError', { cause: fault })
  return fault
}
