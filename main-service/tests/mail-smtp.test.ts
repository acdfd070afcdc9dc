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

/** The server's certificate is its own. */
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

/** With another mailer than the usual one. */
async function using<T>(other: TestMailer, use: (other: TestMailer) => Promise<T>): Promise<T> {
  try {
    return await use(other)
  } finally {
    await other.close()
  }
}

describe('sending mail by SMTP', () => {
  it('When a mail is sent, then the server has it whole, over TLS, from who logged in', async () => {
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

  it('When many mails are sent at once, then each arrives once, over a few sessions', async () => {
    const people = Array.from({ length: 25 }, (_, index) => `person-${index}@example.com`)
    // The limit of one mail is not what this is about: 25 share a few sessions, on a busy machine too.
    const patient = createTestMailer({ SMTP_URL: smtpUrl() }, 60_000)
    await using(patient, (other) => Promise.all(people.map((to) => other.send({ ...mail, to }))))
    expect(server.received.map(({ to }) => String(to)).toSorted()).toEqual(people.toSorted())
    expect(server.sessions).toBeLessThanOrEqual(5)
  })

  it('When the URL says smtps, then TLS is there from the first byte', async () => {
    const secure = await startMailServer({ secure: true })
    try {
      const url = `smtps://${credentials}@127.0.0.1:${secure.port}${trusting}`
      await using(createTestMailer({ SMTP_URL: url }), (other) => other.send(mail))
      expect(secure.received).toMatchObject([{ secure: true, user: LOGIN.user }])
    } finally {
      await secure.stop()
    }
  })

  it('When the server has no TLS and wants no login, then the mail goes in clear, unless TLS is required', async () => {
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

  it('When its certificate is not to be trusted, then the server gets neither login nor mail', async () => {
    const url = `smtp://${credentials}@127.0.0.1:${server.port}`
    const fault = await using(createTestMailer({ SMTP_URL: url }), (other) => faultOf(other.send(mail)))
    expect(fault).toMatchObject({ permanent: false, code: expect.stringContaining('CERT') })
    expect(server.received).toEqual([])
  })
})

describe('a server that does not take a mail', () => {
  it.each<[string, MailServer['answers'], boolean, string]>([
    ['refuses the recipient', { recipient: [550, '5.1.1 No such user'] }, true, '550'],
    ['refuses the content', { content: [554, '5.7.1 Spam'] }, true, '554'],
    ['defers the recipient', { recipient: [451, '4.7.1 Greylisted, come back later'] }, false, '451'],
    ['defers the content', { content: [452, '4.3.1 Disk full'] }, false, '452'],
    ['says goodbye', { recipient: [421, '4.3.2 Shutting down'] }, false, '421'],
    ['wants a login after all', { recipient: [530, '5.7.0 Authentication required'] }, false, '530'],
  ])(
    'When it %s, then the fault says whether to try again, and the next mail goes',
    async (_what, answers, permanent, code) => {
      server.answers = answers
      expect(await faultOf(mailer.send(mail))).toMatchObject({ permanent, code })
      expect(await mailer.count(permanent ? 'permanent' : 'transient')).toBe(1)
      server.answers = {}
      await mailer.send(mail)
      expect(server.received).toHaveLength(1)
    },
  )

  it('When the mail is bigger than it takes, then it is refused for good', async () => {
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

  it('When it refuses the login, then it is no fault of the mail, and the password is told nobody', async () => {
    const url = `smtp://${LOGIN.user}:a-wrong-password@127.0.0.1:${server.port}${trusting}`
    await using(createTestMailer({ SMTP_URL: url }), async (other) => {
      const fault = await faultOf(other.send(mail))
      expect(fault).toMatchObject({ permanent: false, code: '535' })
      expect(JSON.stringify(fault) + String(fault.stack) + other.log()).not.toContain('a-wrong-password')
    })
  })

  it('When it repeats the link that it did not like, then the log has all but that', async () => {
    server.answers = { content: [554, `5.7.1 Blocked: ${LINK}, see the rules`] }
    const fault = await faultOf(mailer.send(mail))
    expect(fault.message).toContain('5.7.1 Blocked: [link] see the rules')
    expect(mailer.log()).toContain('mail.not-sent')
    expect(mailer.log()).not.toContain('token=')
  })
})

describe('a server that is slow or away', () => {
  it.each<[string, MailServer['answers']]>([
    ['does not greet', { greeting: 'hang' }],
    ['does not answer to the content', { content: 'hang' }],
  ])('When it %s, then a send ends in time, and the next goes', async (_what, answers) => {
    server.answers = answers
    const startedAt = performance.now()
    expect(await faultOf(mailer.send(mail))).toMatchObject({ permanent: false, code: 'ETIMEDOUT' })
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    server.answers = {}
    await mailer.send(mail)
    expect(server.received).toHaveLength(1)
  })

  it('When it hangs while many mails wait, then each of them ends in time', async () => {
    server.answers = { content: 'hang' }
    const startedAt = performance.now()
    const faults = await Promise.all(Array.from({ length: 12 }, () => faultOf(mailer.send(mail))))
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect(faults.every(({ permanent }) => !permanent)).toBe(true)
  })

  it('When it trickles its answer for ever, then a send ends in time', async () => {
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

  it('When it goes away and comes back, then mail fails as transient, and then goes', async () => {
    await mailer.send(mail)
    await server.stop()
    expect(await faultOf(mailer.send(mail))).toMatchObject({ permanent: false, code: 'ECONNREFUSED' })
    server = await startMailServer({}, server.port)
    await mailer.send(mail)
    expect(server.received).toHaveLength(1)
  })

  it('When it drops the connections that were kept, then the next mail goes over a new one', async () => {
    await mailer.send(mail)
    server.drop()
    await mailer.send(mail)
    expect(server.received).toHaveLength(2)
  })

  it('When the name of the server is nobody’s, then it is as if it were away', async () => {
    const other = createTestMailer({ SMTP_URL: 'smtp://mail.invalid' }, 1_500)
    expect(await using(other, () => faultOf(other.send(mail)))).toMatchObject({ permanent: false })
  })
})

describe('asking whether mail can be sent', () => {
  it('When it is asked often, then the server sees one login', async () => {
    for (let asked = 0; asked < 5; asked += 1) await mailer.check()
    expect(server.sessions).toBe(1)
  })

  it('When the server is away, or refuses the login, then it fails', async () => {
    const wrong = createTestMailer({ SMTP_URL: `smtp://likeness:wrong@127.0.0.1:${server.port}${trusting}` })
    await expect(using(wrong, () => wrong.check())).rejects.toMatchObject({ code: '535' })
    await server.stop()
    await expect(mailer.check()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('closing the mailer', () => {
  it('When mails are in hand, then they are sent first, and later ones are refused', async () => {
    const sending = Promise.all(Array.from({ length: 12 }, () => mailer.send(mail)))
    await mailer.close()
    await sending
    expect(server.received).toHaveLength(12)
    expect(await faultOf(mailer.send(mail))).toMatchObject({ permanent: false })
  })
})

/** Begins to answer, and never ends: each line keeps the connection from being idle. */
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
