import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { credentials, LOGIN, startMailServer, type MailServer } from './mail-server.ts'
import { createTestMailer, faultOf, type TestMailer } from './mailers.ts'

const LINK = 'https://likeness.test/verify?token=8f14e45fceea167a5a36dedd4bea2543-8f14e45fceea167a5a36dedd4bea2543'
const mail = {
  to: 'ada@example.com',
  subject: 'Bestätige deine Adresse',
  text: `Grüße, Ada!\n\n${LINK}\n\n.\n.hidden\nEnd`,
  html: `<p>Grüße, <a href="${LINK}">Ada</a>!</p>`,
}

/** The certificate of the test server is self-signed. */
const trusting = '?tls.rejectUnauthorized=false'

let server: MailServer
let mailer: TestMailer

beforeEach(async () => {
  server = await startMailServer()
  mailer = createTestMailer({ SMTP_URL: smtpUrl() }, 1_500)
})

afterEach(async () => {
  await mailer.close()
  await server.stop()
})

const smtpUrl = () => `smtp://${credentials}@127.0.0.1:${server.port}${trusting}`

/** Runs `use` with another mailer, then closes it. */
async function using<T>(other: TestMailer, use: (other: TestMailer) => Promise<T>): Promise<T> {
  try {
    return await use(other)
  } finally {
    await other.close()
  }
}

describe('sending mail by SMTP', () => {
  it('When a mail is sent, then the server receives it completely, over TLS and after a login', async () => {
    await mailer.send(mail)
    expect(server.received).toHaveLength(1)
    const [received] = server.received
    expect(received).toMatchObject({
      from: 'no-reply@likeness.test',
      to: ['ada@example.com'],
      secure: true,
      user: LOGIN.user,
    })
    expect(received?.mail).toMatchObject({
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      attachments: [],
      from: { value: [{ name: 'Likeness', address: 'no-reply@likeness.test' }] },
      to: { value: [{ name: '', address: 'ada@example.com' }] },
    })
    expect(received?.mail.headers.get('auto-submitted')).toBe('auto-generated')
    expect(received?.raw).not.toMatch(/nodemailer/i)
    expect(await mailer.count('sent')).toBe(1)
  })

  it('When many mails are sent at once, then each arrives once, over few sessions', async () => {
    const people = Array.from({ length: 25 }, (_, index) => `person-${index}@example.com`)
    // A long limit, because 25 mails share a few sessions, and the machine can be busy.
    const patient = createTestMailer({ SMTP_URL: smtpUrl() }, 60_000)
    await using(patient, (other) => Promise.all(people.map((to) => other.send({ ...mail, to }))))
    expect(server.received.map(({ to }) => String(to)).toSorted()).toEqual(people.toSorted())
    expect(server.sessions).toBeLessThanOrEqual(5)
  })

  it('When the scheme is smtps, then the connection uses TLS from the first byte', async () => {
    const secure = await startMailServer({ secure: true })
    try {
      const url = `smtps://${credentials}@127.0.0.1:${secure.port}${trusting}`
      await using(createTestMailer({ SMTP_URL: url }), (other) => other.send(mail))
      expect(secure.received).toMatchObject([{ secure: true, user: LOGIN.user }])
    } finally {
      await secure.stop()
    }
  })

  it('When the server offers neither TLS nor login, then the mail is sent unencrypted, unless TLS is required', async () => {
    const plain = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] })
    try {
      const url = `smtp://127.0.0.1:${plain.port}`
      await using(createTestMailer({ SMTP_URL: url }), (other) => other.send(mail))
      expect(plain.received).toMatchObject([{ secure: false }])
      const fault = await using(createTestMailer({ SMTP_URL: `${url}?requireTLS=true` }), (other) =>
        faultOf(other.send(mail)),
      )
      expect(fault.permanent).toBe(false)
      expect(plain.received).toHaveLength(1)
    } finally {
      await plain.stop()
    }
  })

  it('When the certificate is not trusted, then neither the login nor the mail is sent', async () => {
    const url = `smtp://${credentials}@127.0.0.1:${server.port}`
    const fault = await using(createTestMailer({ SMTP_URL: url }), (other) => faultOf(other.send(mail)))
    expect(fault).toMatchObject({ permanent: false, code: expect.stringContaining('CERT') })
    expect(server.received).toEqual([])
  })
})

describe('a server that rejects a mail', () => {
  it.each<[string, MailServer['answers'], boolean, string]>([
    ['rejects the recipient', { recipient: [550, '5.1.1 No such user'] }, true, '550'],
    ['rejects the content', { content: [554, '5.7.1 Spam'] }, true, '554'],
    ['defers the recipient', { recipient: [451, '4.7.1 Greylisted, come back later'] }, false, '451'],
    ['defers the content', { content: [452, '4.3.1 Disk full'] }, false, '452'],
    ['closes the session', { recipient: [421, '4.3.2 Shutting down'] }, false, '421'],
    ['requires a login', { recipient: [530, '5.7.0 Authentication required'] }, false, '530'],
  ])(
    'When it %s, then the error is permanent or transient, and the next mail is sent',
    async (_what, answers, permanent, code) => {
      server.answers = answers
      expect(await faultOf(mailer.send(mail))).toMatchObject({ permanent, code })
      expect(await mailer.count(permanent ? 'permanent' : 'transient')).toBe(1)
      server.answers = {}
      await mailer.send(mail)
      expect(server.received).toHaveLength(1)
    },
  )

  it('When the mail is larger than the size limit, then the error is permanent', async () => {
    const small = await startMailServer({
      size: 10_000,
      rejectOversized: true,
      disabledCommands: ['STARTTLS'],
      authOptional: true,
    })
    try {
      const big = { ...mail, text: 'x'.repeat(20_000) }
      const fault = await using(createTestMailer({ SMTP_URL: `smtp://127.0.0.1:${small.port}` }), async (other) => {
        await other.send(mail)
        return faultOf(other.send(big))
      })
      expect(fault).toMatchObject({ permanent: true, code: '552' })
    } finally {
      await small.stop()
    }
  })

  it('When it rejects the login, then the error is transient, and the password is not logged', async () => {
    const url = `smtp://${LOGIN.user}:a-wrong-password@127.0.0.1:${server.port}${trusting}`
    await using(createTestMailer({ SMTP_URL: url }), async (other) => {
      const fault = await faultOf(other.send(mail))
      expect(fault).toMatchObject({ permanent: false, code: '535' })
      expect(JSON.stringify(fault) + String(fault.stack) + other.log()).not.toContain('a-wrong-password')
    })
  })

  it('When its reply repeats the link, then the log contains the reply without the link', async () => {
    server.answers = { content: [554, `5.7.1 Blocked: ${LINK}, see the rules`] }
    const fault = await faultOf(mailer.send(mail))
    expect(fault.message).toContain('5.7.1 Blocked: [link] see the rules')
    expect(mailer.log()).toContain('mail.not-sent')
    expect(mailer.log()).not.toContain('token=')
  })
})

describe('a server that is slow or unavailable', () => {
  it.each<[string, MailServer['answers']]>([
    ['sends no greeting', { greeting: 'hang' }],
    ['does not reply to the content', { content: 'hang' }],
  ])('When it %s, then sending fails in time, and the next mail is sent', async (_what, answers) => {
    server.answers = answers
    const startedAt = performance.now()
    expect(await faultOf(mailer.send(mail))).toMatchObject({ permanent: false, code: 'ETIMEDOUT' })
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    server.answers = {}
    await mailer.send(mail)
    expect(server.received).toHaveLength(1)
  })

  it('When it hangs while many mails wait, then each of them fails in time', async () => {
    server.answers = { content: 'hang' }
    const startedAt = performance.now()
    const faults = await Promise.all(Array.from({ length: 12 }, () => faultOf(mailer.send(mail))))
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect(faults.every(({ permanent }) => !permanent)).toBe(true)
  })

  it('When it sends its reply endlessly, then sending fails in time', async () => {
    const trickling = await startTrickling()
    try {
      const url = `smtp://127.0.0.1:${(trickling.server.address() as AddressInfo).port}`
      const startedAt = performance.now()
      const fault = await using(createTestMailer({ SMTP_URL: url }, 1_500), (other) => faultOf(other.send(mail)))
      expect(fault.permanent).toBe(false)
      expect(performance.now() - startedAt).toBeLessThan(2_000)
    } finally {
      trickling.stop()
    }
  })

  it('When it is unavailable for a while, then mails fail with a transient error, and are sent afterwards', async () => {
    await mailer.send(mail)
    await server.stop()
    expect(await faultOf(mailer.send(mail))).toMatchObject({ permanent: false, code: 'ECONNREFUSED' })
    server = await startMailServer({}, server.port)
    await mailer.send(mail)
    expect(server.received).toHaveLength(1)
  })

  it('When it closes pooled connections, then the next mail is sent over a new connection', async () => {
    await mailer.send(mail)
    server.drop()
    await mailer.send(mail)
    expect(server.received).toHaveLength(2)
  })

  it('When the host does not exist, then the error is transient', async () => {
    const other = createTestMailer({ SMTP_URL: 'smtp://mail.invalid' }, 1_500)
    expect(await using(other, () => faultOf(other.send(mail)))).toMatchObject({ permanent: false })
  })
})

describe('the health check', () => {
  it('When it runs often, then the server receives one login', async () => {
    for (let asked = 0; asked < 5; asked += 1) await mailer.check()
    expect(server.sessions).toBe(1)
  })

  it('When the server is unavailable or rejects the login, then it fails', async () => {
    const wrong = createTestMailer({ SMTP_URL: `smtp://likeness:wrong@127.0.0.1:${server.port}${trusting}` })
    await expect(using(wrong, () => wrong.check())).rejects.toMatchObject({ code: '535' })
    await server.stop()
    await expect(mailer.check()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('closing the mailer', () => {
  it('When mails are pending, then they are sent first, and later mails are rejected', async () => {
    const sending = Promise.all(Array.from({ length: 12 }, () => mailer.send(mail)))
    await mailer.close()
    await sending
    expect(server.received).toHaveLength(12)
    expect(await faultOf(mailer.send(mail))).toMatchObject({ permanent: false })
  })
})

/** A server whose reply never ends. Its lines prevent the idle timeout of the connection. */
async function startTrickling(): Promise<{ server: Server; stop(): void }> {
  const sockets = new Set<Socket>()
  const listening = createServer((socket) => {
    sockets.add(socket)
    let trickle: NodeJS.Timeout
    socket.write('220 likeness.test\r\n')
    socket.once('data', () => (trickle = setInterval(() => socket.write('250-patience\r\n'), 100)))
    socket.on('error', () => undefined).on('close', () => clearInterval(trickle))
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return {
    server: listening,
    stop: () => {
      sockets.forEach((socket) => socket.destroy())
      listening.close()
    },
  }
}
