import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The mails to an address in a folder, as text, in the order of sending. */
export async function readMails(folder: string, to: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml')).toSorted()
  const mails = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return mails.filter((mail) => mail.split('\n').includes(`To: ${to}`))
}

/** The token in the link of a mail. @throws Error if no link in the text has a token */
export function tokenIn(mail: string | undefined): string {
  const token = /[?&]token=([\w-]+)/.exec(mail ?? '')?.[1]
  if (token === undefined) throw new Error(`The mail has no link with a token:\n${mail}`)
  return token
}
