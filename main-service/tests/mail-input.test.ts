import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { startMailServer, type MailServer } from './mail-server.ts'
import { createTestMailer, faultOf, settings, type TestMailer } from './mailers.ts'

let server: MailServer
let mailer: TestMailer

beforeAll(async () => {
  server = await startMailServer({ disabledCommands: ['STARTTLS'], authOptional: true })
  mailer = createTestMailer({ SMTP_URL: `smtp://127.0.0.1:${server.port}` })
})

afterAll(async () => {
  await mailer.close()
  await server.stop()
})

const mail = { to: 'ada@example.com', subject: 'Hello', text: 'Hello' }

async function receive(sent: Partial<typeof mail> & { html?: string }) {
  server.received.length = 0
  await mailer.send({ ...mail, ...sent })
  expect(server.received).toHaveLength(1)
  const [received] = server.received
  if (!received) throw new Error('nothing came')
  return received
}

/** The names of the header's lines: what is injected would be another. */
const headersOf = (raw: string): string[] =>
  (raw.split('\r\n\r\n')[0] ?? '').split(/\r\n(?![ \t])/).map((line) => line.split(':')[0]?.toLowerCase() ?? '')

const plainHeaders = [
  'auto-submitted',
  'content-transfer-encoding',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'to',
]

describe('whom mail goes to', () => {
  it.each([
    '',
    'ada',
    'ada@localhost',
    'Ada <ada@example.com>',
    'ada@example.com, eve@example.com',
    'ada@example.com,eve@example.com',
    'ada@example.com;eve@example.com',
    'ada@example.com,eve.example',
    'ada@example.com>,<eve@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com\r\nRCPT TO:<eve@example.com>',
    'ada@example.com\nCc:eve@example.com',
    'ada\0@example.com',
    'ada\u0001@example.com',
    '"ada@example.com, eve"@example.com',
    'group:ada@example.com;',
    'ada@eve@example.com',
    'ada@[127.0.0.1]',
    'ada@127.0.0.1',
    'ada@0x7f.1',
    'ada@exam_ple.com',
    'ada@-example.com',
    `ada@${'a'.repeat(64)}.com`,
    `${'a'.repeat(250)}@example.com`,
    'ada\uD800@example.com',
  ])('When it is %j, then it is refused for good, and nobody gets anything', async (to) => {
    server.received.length = 0
    expect(await faultOf(mailer.send({ ...mail, to }))).toMatchObject({ permanent: true })
    expect(server.received).toEqual([])
  })

  it.each([
    ['ada@example.com', 'ada@example.com'],
    [' ada@example.com ', 'ada@example.com'],
    ['Ada.Lovelace+likeness@Example.COM', 'Ada.Lovelace+likeness@example.com'],
    ["o'hara_!#$%&*/=?^`{|}~@example.com", "o'hara_!#$%&*/=?^`{|}~@example.com"],
    ['ada@bücher.example', 'ada@bücher.example'],
    ['ada@例え.テスト', 'ada@例え.テスト'],
    ['=?utf-8?q?eve=40evil.example?=@example.com', '=?utf-8?q?eve=40evil.example?=@example.com'],
    [`${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.com`, expect.any(String)],
  ])('When it is %j, then exactly that one gets it', async (to, expected) => {
    const received = await receive({ to })
    expect(received.to).toEqual([expected])
    expect(headersOf(received.raw).toSorted()).toEqual(plainHeaders)
  })

  it('When its domain is not ASCII, then the wire has its ASCII form, which every server knows', async () => {
    expect((await receive({ to: 'ada@bücher.example' })).raw).toContain('\r\nTo: ada@xn--bcher-kva.example\r\n')
  })

  it('When its letters before the @ are not ASCII, then the server gets the address as it is', async () => {
    const received = await receive({ to: 'jürgen@bücher.example' })
    expect(received.to).toEqual(['jürgen@bücher.example'])
  })

  it('When it is put together from all that means something to a parser, then one address gets it, or none', async () => {
    const unit = fc.constantFrom(...'ab.+@<>(),:;"\\[]= \t\r\n\0\u2028ü', '@eve.example', 'Bcc: ', '=?utf-8?q?=2C?=')
    let taken = 0
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 6 }), fc.string({ unit, maxLength: 6 }), async (before, after) => {
        server.received.length = 0
        await mailer.send({ ...mail, to: `${before}ada${after}@example.com` }).catch(() => undefined)
        await mailer.send({ ...mail, to: `ada@example.com${after}` }).catch(() => undefined)
        for (const received of server.received) {
          taken += 1
          // A dot at either end is quoted, and is the same address.
          const to = received.to.map((address) => address.replace(/^"(.*)"@/, '$1@'))
          expect(to).toEqual([expect.stringMatching(/^[^@\s<>,;:"]+@example\.com[^@\s<>,;:"]*$/)])
          expect(headersOf(received.raw).toSorted()).toEqual(plainHeaders)
        }
      }),
      { numRuns: 300 },
    )
    expect(taken).toBeGreaterThan(0)
  })
})

describe('what mail says', () => {
  it.each([
    ['Hello\r\nBcc: eve@example.com', 'Hello Bcc: eve@example.com'],
    ['Hello\n\n<script>', 'Hello <script>'],
    ['Hello\r\r\n\u0000\u2028\u0085X-Evil: yes', 'Hello X-Evil: yes'],
    ['=?utf-8?q?encoded?=', '= ?utf-8?q?encoded?='],
    ['Übergrößenträger 写真 👩‍👩‍👧‍👦', 'Übergrößenträger 写真 👩‍👩‍👧‍👦'],
    ['half \uD83D of one', 'half \uFFFD of one'],
    ['x'.repeat(1_000_000), `${'x'.repeat(199)}…`],
    ['👍'.repeat(300), `${'👍'.repeat(199)}…`],
  ])('When the subject is %j, then it is one line and nothing else', async (subject, expected) => {
    const received = await receive({ subject })
    expect(received.mail.subject).toBe(expected)
    expect(received.to).toEqual(['ada@example.com'])
    expect(headersOf(received.raw).toSorted()).toEqual(plainHeaders)
    expect(Math.max(...received.raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998)
  })

  it('When the text has the end of a mail in it, then it is only text', async () => {
    const text = 'a\r\n.\r\nMAIL FROM:<eve@example.com>\r\n..\n.\rend\u0000\u001b[31m'
    const received = await receive({ text })
    expect(received.mail.text).toBe('a\n.\nMAIL FROM:<eve@example.com>\n..\n.\nend[31m\n')
  })

  it('When the text is all of Unicode, or one very long line, then it arrives as it was', async () => {
    const text = `写真 Übung 👍 = =3D\n${'long '.repeat(5_000)}end`
    const received = await receive({ text, html: `<p>${text}</p>` })
    expect(received.mail.text).toBe(text)
    expect(received.mail.html).toBe(`<p>${text}</p>`)
  })
})

describe('the variables for mail', () => {
  it.each([
    ['MAIL_FROM', 'nobody'],
    ['MAIL_FROM', 'a@example.com, b@example.com'],
    ['MAIL_FROM', 'Likeness <a@example.com>\r\nBcc: eve@example.com'],
    ['MAIL_FROM', 'group:a@example.com;'],
    ['SMTP_URL', 'http://user:hunter2@example.com'],
    ['SMTP_URL', 'smtp://'],
    ['SMTP_URL', 'smtp://user:hunter2/@example.com'],
    ['SMTP_URL', 'smtp://user:hunter2%@example.com'],
    ['SMTP_URL', 'smtp://user:hunter2@example.com/?logger=true&debug=true'],
    ['SMTP_URL', 'smtp://user:hunter2@example.com?tls.rejectUnauthorized=no'],
  ])('When %s is %j, then it is told, without what may be secret in it', (name, value) => {
    let told = ''
    try {
      settings({ [name]: value })
    } catch (error) {
      told = String(error)
    }
    expect(told).toContain(`${name} is wrong: must be`)
    expect(told).not.toContain('hunter2')
  })

  it.each([
    ['smtp://example.com', { host: 'example.com', port: 587, secure: false, login: undefined }],
    ['smtps://example.com', { host: 'example.com', port: 465, secure: true }],
    ['smtp://[::1]:25?requireTLS=true', { host: '::1', port: 25, requireTls: true, verifyCertificate: true }],
    ['smtp://bücher.example:2525', { host: 'xn--bcher-kva.example', port: 2525 }],
    ['smtp://a%40b.com:p%40ss%2F@example.com', { login: { user: 'a@b.com', password: 'p@ss/' } }],
  ])('When SMTP_URL is %j, then it is read', (url, expected) => {
    expect(settings({ SMTP_URL: url }).SMTP_URL).toMatchObject(expected)
  })
})
