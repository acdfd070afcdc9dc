import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Logger } from '@likeness/service-kit/process'
import type MimeNode from 'nodemailer/lib/mime-node'

import { MailError } from './mail-error.ts'
import type { Delivery, Message } from './mail-message.ts'

/** Writes each mail to a readable `.eml` file, which mail programs can open too. */
export function createFolderDelivery(folder: string, logger: Logger): Delivery {
  // The package is loaded with the first mail. This line lets the start fail if the package is missing.
  import.meta.resolve?.('nodemailer/lib/mime-node')
  let lastTime = 0
  /** Strictly increasing, so that files sort in the order of sending. */
  const nextTime = () => new Date((lastTime = Math.max(Date.now(), lastTime + 1)))
  // Mails contain links that sign users in, so other accounts on this machine must not read them.
  const makeFolder = () => mkdir(folder, { recursive: true, mode: 0o700 })

  return {
    async deliver(message) {
      const name = fileName(message, nextTime())
      const file = join(folder, name)
      const partial = join(folder, `.${name}.partial`)
      try {
        await makeFolder()
        await writeFile(partial, await asText(message), { flag: 'wx', mode: 0o600 })
        await rename(partial, file)
      } catch (cause) {
        await rm(partial, { force: true }).catch(() => undefined)
        throw new MailError('The mail could not be written to MAIL_DIR.', { permanent: false, cause })
      }
      logger.info({ event: 'mail.written', file })
    },

    async check() {
      await makeFolder()
      await access(folder, constants.W_OK)
    },

    close: () => undefined,
  }
}

/** `2026-01-31T12-00-00.000Z-ada@example.com-Confirm-your-address-1f2e3d.eml`: at most 145 characters. */
function fileName({ to, subject }: Message, time: Date): string {
  const parts = [time.toISOString().replaceAll(':', '-'), plain(to, 64), plain(subject, 40)].filter(Boolean)
  return `${parts.join('-')}-${randomBytes(3).toString('hex')}.eml`
}

/** Keeps only characters without a special meaning to shells and file systems. */
const plain = (value: string, limit: number): string =>
  value
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[^A-Za-z0-9@._+]+/g, '-')
    .slice(0, limit)
    .replace(/^[-.]+|[-.]+$/g, '')

/** The encoding is 8bit, because quoted-printable would break links and write `=3D` into them. */
async function asText({ from, to, subject, text, html, headers }: Message): Promise<string> {
  const { default: MimeNode } = await import('nodemailer/lib/mime-node')
  const root = new MimeNode(html === undefined ? 'text/plain; charset=utf-8' : 'multipart/alternative')
  root.setHeader({ From: from, To: { name: '', address: to }, Subject: subject, ...headers })
  if (html === undefined) return part(root, text)
  const head = unixLines(root.buildHeaders())
  const parts = [
    part(root.createChild('text/plain; charset=utf-8'), text),
    part(root.createChild('text/html; charset=utf-8'), html),
  ]
  return `${head}\n\n${parts.map((each) => `--${root.boundary}\n${each}\n`).join('')}--${root.boundary}--\n`
}

function part(node: MimeNode, content: string): string {
  node.setHeader('Content-Transfer-Encoding', '8bit')
  return `${unixLines(node.buildHeaders())}\n\n${content.endsWith('\n') ? content : `${content}\n`}`
}

const unixLines = (lines: string): string => lines.replaceAll('\r\n', '\n')
