import { domainToASCII } from 'node:url'

import { emailAddress } from '@likeness/service-kit/identity'

import type { Sender } from './mail-environment.ts'
import { MailError } from './mail-error.ts'

/** What a deployable wants to tell one person. */
export interface Mail {
  /** One address, without a name. */
  to: string
  subject: string
  text: string
  html?: string | undefined
}

/** A mail that is safe to send: one recipient, a subject of one line, text without control characters. */
export interface Message extends Mail {
  from: Sender
  headers: Record<string, string>
}

/** A way for mail to leave by. */
export interface Delivery {
  /** @throws {MailError} */
  deliver(message: Message): Promise<void>
  /** Throws when it is not there. */
  check(): Promise<void>
  close(): void
}

const SUBJECT_LIMIT = 200

/** RFC 1123, 2.1: labels of letters, digits and hyphens; the last is never a number, or it would be an IP address. */
const hostName = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** @throws {MailError} permanent, when `to` is anything but one address. */
export function composeMessage({ to, subject, text, html }: Mail, from: Sender): Message {
  return {
    from,
    to: readRecipient(to),
    subject: oneLine(subject),
    text: printable(text),
    ...(html === undefined ? {} : { html: printable(html) }),
    // RFC 3834, 5: nobody's holiday notice shall answer this.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** Stricter than what a user's address must be: a comma in a domain would be a second recipient to some servers. */
function readRecipient(value: string): string {
  const address = emailAddress.safeParse(value).data ?? ''
  const at = address.lastIndexOf('@')
  const domain = domainToASCII(address.slice(at + 1))
  if (at < 1 || /\p{Cc}/u.test(address) || !hostName.test(domain)) {
    throw new MailError('The recipient is not an address that mail can be sent to.', { permanent: true })
  }
  return `${address.slice(0, at)}@${domain}`
}

function oneLine(subject: string): string {
  const line = subject
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  // RFC 2047, 2: what looks like an encoded word would be read as one, and could say anything.
  const characters = [...line.replaceAll('=?', '= ?')]
  if (characters.length <= SUBJECT_LIMIT) return characters.join('')
  return `${characters.slice(0, SUBJECT_LIMIT - 1).join('')}…`
}

/** Names in it are other people's: without control characters it can be shown in a terminal. */
const printable = (content: string): string =>
  content
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
