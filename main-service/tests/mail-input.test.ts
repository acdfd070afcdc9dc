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
  if (!received) throw new Error('No mail was received')
  return received
}

/** The names of all headers. An injected header would be an additional name. */
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

describe('the recipient of a mail', () => {
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
  ])('When it is %j, then the error is permanent, and no mail is sent', async (to) => {
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
  ])('When it is %j, then exactly this address receives the mail', async (to, expected) => {
    const received = await receive({ to })
    expect(received.to).toEqual([expected])
    expect(headersOf(received.raw).toSorted()).toEqual(plainHeaders)
  })

  it('When its domain is not ASCII, then the header has the ASCII form, which every server supports', async () => {
    expect((await receive({ to: 'ada@bücher.example' })).raw).toContain('\r\nTo: ada@xn--bcher-kva.example\r\n')
  })

  it('When its part before the @ is not ASCII, then the server receives the address unchanged', async () => {
    const received = await receive({ to: 'jürgen@bücher.example' })
    expect(received.to).toEqual(['jürgen@bücher.example'])
  })

  it('When it consists of random characters with a meaning to parsers, then at most one address receives the mail', async () => {
    const unit = fc.constantFrom(...'ab.+@<>(),:;"\\[]= \t\r\n\0\u2028ü', '@eve.example', 'Bcc: ', '=?utf-8?q?=2C?=')
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 6 }), fc.string({ unit, maxLength: 6 }), async (before, after) => {
        server.received.length = 0
        await mailer.send({ ...mail, to: `${before}ada${after}@example.com` }).catch(() => undefined)
        await mailer.send({ ...mail, to: `ada@example.com${after}` }).catch(() => undefined)
        for (const received of server.received) {
          accepted += 1
          // An address with a dot at either end is quoted. It is the same address.
          const to = received.to.map((address) => address.replace(/^"(.*)"@/, '$1@'))
          expect(to).toEqual([expect.stringMatching(/^[^@\s<>,;:"]+@example\.com[^@\s<>,;:"]*$/)])
          expect(headersOf(received.raw).toSorted()).toEqual(plainHeaders)
        }
      }),
      { numRuns: 300 },
    )
    expect(accepted).toBeGreaterThan(0)
  })
})

describe('the content of a mail', () => {
  it.each([
    ['Hello\r\nBcc: eve@example.com', 'Hello Bcc: eve@example.com'],
    ['Hello\n\n<script>', 'Hello <script>'],
    ['Hello\r\r\n\u0000\u2028\u0085X-Evil: yes', 'Hello X-Evil: yes'],
    ['=?utf-8?q?encoded?=', '= ?utf-8?q?encoded?='],
    ['Übergrößenträger 写真 👩‍👩‍👧‍👦', 'Übergrößenträger 写真 👩‍👩‍👧‍👦'],
    ['half \uD83D of one', 'half \uFFFD of one'],
    ['x'.repeat(1_000_000), `${'x'.repeat(199)}…`],
    ['👍'.repeat(300), `${'👍'.repeat(199)}…`],
  ])('When the subject is %j, then it is sent as one line', async (subject, expected) => {
    const received = await receive({ subject })
    expect(received.mail.subject).toBe(expected)
    expect(received.to).toEqual(['ada@example.com'])
    expect(headersOf(received.raw).toSorted()).toEqual(plainHeaders)
    expect(Math.max(...received.raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998)
  })

  it('When the text contains the end of a mail, then it is only text', async () => {
    const text = 'a\r\n.\r\nMAIL FROM:<eve@example.com>\r\n..\n.\rend\u0000\u001b[31m'
    const received = await receive({ text })
    expect(received.mail.text).toBe('a\n.\nMAIL FROM:<eve@example.com>\n..\n.\nend[31m\n')
  })

  it('When the text has Unicode characters or a very long line, then it arrives unchanged', async () => {
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
  ])('When %s is %j, then the error says so, without the password', (name, value) => {
    let message = ''
    try {
      settings({ [name]: value })
    } catch (error) {
      message = String(error)
    }
    expect(message).toContain(`${name} must be`)
    expect(message).not.toContain('hunter2')
  })

  it.each([
    ['smtp://example.com', { host: 'example.com', port: 587, secure: false, login: undefined }],
    ['smtps://example.com', { host: 'example.com', port: 465, secure: true }],
    ['smtp://[::1]:25?requireTLS=true', { host: '::1', port: 25, requireTls: true, verifyCertificate: true }],
    ['smtp://bücher.example:2525', { host: 'xn--bcher-kva.example', port: 2525 }],
    ['smtp://a%40b.com:p%40ss%2F@example.com', { login: { user: 'a@b.com', password: 'p@ss/' } }],
  ])('When SMTP_URL is %j, then it is accepted', (url, expected) => {
    expect(settings({ SMTP_URL: url }).SMTP_URL).toMatchObject(expected)
  })
})
