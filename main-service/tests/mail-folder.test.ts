import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { simpleParser } from 'mailparser'

import { createTestMailer, faultOf } from './mailers.ts'

const LINK = 'http://localhost:3000/verify?token=8f14e45fceea167a5a36dedd4bea2543-8f14e45fceea167a5a36dedd4bea2543'
const mail = { to: 'ada@example.com', subject: 'Bestätige deine Adresse', text: `Grüße!\n\n${LINK}\n\nBis bald` }

let parent: string
let folder: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'likeness-mail-'))
  folder = join(parent, 'made', 'when-needed')
})

afterEach(() => rm(parent, { recursive: true, force: true }))

const createFolderMailer = () => createTestMailer({ MAIL_DIR: folder })

async function readMails() {
  const names = (await readdir(folder)).toSorted()
  return Promise.all(names.map(async (name) => ({ name, content: await readFile(join(folder, name), 'utf8') })))
}

describe('mail in a folder', () => {
  it('When a mail is sent, then its file is readable text, with the link in one line', async () => {
    const mailer = createFolderMailer()
    await mailer.send(mail)
    const [file, ...others] = await readMails()
    expect(others).toEqual([])
    expect(file?.name).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-ada@example\.com-Bestatige-deine-Adresse-[0-9a-f]{6}\.eml$/,
    )
    expect(file?.content.split('\n')).toEqual(
      expect.arrayContaining(['To: ada@example.com', 'Grüße!', LINK, 'Bis bald']),
    )
    expect(file?.content).not.toContain('\r')
    expect(await mailer.count('sent')).toBe(1)
    expect(mailer.log()).toContain(file?.name)
    expect(mailer.log()).not.toContain('token=')
  })

  it.each([undefined, `<p>Grüße! <a href="${LINK}">hier</a></p>`])(
    'When a mail program opens the file (html: %j), then it shows the mail that was sent',
    async (html) => {
      await createFolderMailer().send({ ...mail, html })
      const [file] = await readMails()
      const parsed = await simpleParser(file?.content ?? '')
      expect(parsed).toMatchObject({
        subject: mail.subject,
        text: `${mail.text}\n`,
        from: { value: [{ name: 'Likeness', address: 'no-reply@likeness.test' }] },
        to: { value: [{ address: 'ada@example.com' }] },
      })
      expect(parsed.html).toBe(html === undefined ? false : `${html}\n`)
      expect(parsed.date?.getTime()).toBeGreaterThan(Date.now() - 60_000)
      expect(parsed.headers.get('content-transfer-encoding') ?? '8bit').toBe('8bit')
      if (html) expect(file?.content).toContain(html)
    },
  )

  it('When many mails are sent one after the other, then the file names sort in this order', async () => {
    const mailer = createFolderMailer()
    const subjects = Array.from({ length: 30 }, (_, index) => `${30 - index}`)
    for (const subject of subjects) await mailer.send({ ...mail, subject })
    const parsed = await Promise.all((await readMails()).map(({ content }) => simpleParser(content)))
    expect(parsed.map(({ subject }) => subject)).toEqual(subjects)
  })

  it('When two processes send the same mail at once, then there are two files', async () => {
    await Promise.all([createFolderMailer().send(mail), createFolderMailer().send(mail)])
    expect(await readMails()).toHaveLength(2)
  })

  it.each([
    ['../../etc/passwd@example.com', '../../../../outside'],
    ["$(touch${IFS}x)'`@example.com".replace(/[()]/g, ''), '; rm -rf / #\0\n'],
    ['.hidden@example.com', '...'],
    [`${'ä'.repeat(100)}@example.com`, 'ü'.repeat(10_000)],
    ['ada@例え.テスト', '写真'],
    ['ada@example.com', ''],
  ])(
    'When the recipient is %j and the subject %j, then the file name is short and safe, and the file is in the folder',
    async (to, subject) => {
      await createFolderMailer().send({ ...mail, to, subject })
      const [file, ...others] = await readMails()
      expect(others).toEqual([])
      expect(file?.name).toMatch(/^\d{4}-[A-Za-z0-9@._+-]{1,140}\.eml$/)
      expect(await readdir(parent)).toEqual(['made'])
      const parsed = await simpleParser(file?.content ?? '')
      expect([parsed.to].flat()).toHaveLength(1)
      expect(parsed.bcc).toBeUndefined()
    },
  )

  it('When the subject contains another header, then it is only text', async () => {
    await createFolderMailer().send({ ...mail, subject: 'Hello\r\nBcc: eve@example.com\n\nbody' })
    const [file] = await readMails()
    const parsed = await simpleParser(file?.content ?? '')
    expect(parsed).toMatchObject({ subject: 'Hello Bcc: eve@example.com body', text: `${mail.text}\n` })
    expect(parsed.bcc).toBeUndefined()
  })

  it('When a file is written, then other accounts on the machine cannot read it', async () => {
    await createFolderMailer().send(mail)
    const [file] = await readMails()
    expect((await stat(join(folder, file?.name ?? ''))).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  it('When the folder cannot be created, then the error is transient, and the check fails until it can be created', async () => {
    await writeFile(join(parent, 'made'), 'a file with the name of the folder')
    const mailer = createFolderMailer()
    expect(await faultOf(mailer.send(mail))).toMatchObject({ permanent: false })
    await expect(mailer.check()).rejects.toThrow()
    await rm(join(parent, 'made'))
    await mailer.check()
    await mailer.send(mail)
    expect(await readMails()).toHaveLength(1)
  })
})

describe('mail that is not configured', () => {
  it('When production has no SMTP_URL, then this is logged once at the start, and each mail fails with a transient error', async () => {
    const mailer = createTestMailer({ NODE_ENV: 'production', MAIL_DIR: folder })
    expect(mailer.log().match(/mail\.not-configured/g)).toHaveLength(1)
    const fault = await faultOf(mailer.send(mail))
    expect(fault).toMatchObject({ permanent: false, message: expect.stringContaining('SMTP_URL is not set') })
    await expect(mailer.check()).rejects.toThrow('SMTP_URL')
    expect(await readdir(parent)).toEqual([])
    expect(mailer.log().match(/mail\.not-configured/g)).toHaveLength(1)
    expect(mailer.log()).not.toContain('token=')
    await mailer.close()
  })
})
