import { domainToASCII } from 'node:url'

import { emailAddress } from '@likeness/internal-api'

import type { Sender } from './mail-environment.ts'
import { MailError } from './mail-error.ts'

/** A mail to one person. */
export interface Mail {
  /** One address, without a name. */
  to: string
  subject: string
  text: string
  html?: string | undefined
}

/** A mail that is safe to send: one recipient, a one-line subject, text without control characters. */
export interface Message extends Mail {
  from: Sender
  headers: Record<string, string>
}

/** A way to send mail. */
export interface Delivery {
  /** @throws {MailError} */
  deliver(message: Message): Promise<void>
  /** Throws if mail cannot be sent. */
  check(): Promise<void>
  close(): void
}

const SUBJECT_LIMIT = 200

/** RFC 1123 §2.1: labels of letters, digits and hyphens. If the last label were a number, it would be an IP address. */
const hostName = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** @throws {MailError} a permanent error if `to` is not exactly one address. */
export function composeMessage({ to, subject, text, html }: Mail, from: Sender): Message {
  return {
    from,
    to: readRecipient(to),
    subject: oneLine(subject),
    text: printable(text),
    ...(html === undefined ? {} : { html: printable(html) }),
    // RFC 3834 §5: prevents automatic replies.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/**
 * Stricter than the check of a user's address: some servers treat a comma in a domain as the start of another
 * recipient.
 */
function readRecipient(value: string): string {
  const address = emailAddress.safeParse(value).data ?? ''
  const at = address.lastIndexOf('@')
  const domain = domainToASCII(address.slice(at + 1))
  if (at < 1 || /\p{Cc}/u.test(address) || !hostName.test(domain)) {
    throw new MailError('The recipient is not a valid email address.', { permanent: true })
  }
  return `${address.slice(0, at)}@${domain}`
}

function oneLine(subject: string): string {
  const line = subject
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  // RFC 2047 §2: text that looks like an encoded word would be decoded, and could show a different subject.
  const characters = [...line.replaceAll('=?', '= ?')]
  if (characters.length <= SUBJECT_LIMIT) return characters.join('')
  return `${characters.slice(0, SUBJECT_LIMIT - 1).join('')}…`
}

/** Removes control characters: the mail contains names that users chose, and can be shown in a terminal. */
const printable = (content: string): string =>
  content
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
