import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import { simpleParser, type ParsedMail } from 'mailparser'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'

/** A mail with its envelope and its connection. */
export interface ReceivedMail {
  from: string
  to: string[]
  raw: string
  mail: ParsedMail
  secure: boolean
  user: string | undefined
}

export interface MailServer {
  port: number
  received: ReceivedMail[]
  /** The number of sessions so far. */
  sessions: number
  /** The answers to the next mails. */
  answers: { greeting?: 'hang'; recipient?: [number, string]; content?: [number, string] | 'hang' }
  /** Closes every connection, like the restart of a server. */
  drop(): void
  stop(): Promise<void>
}

export const LOGIN = { user: 'likeness', password: 'p@ss/word: %' }
export const credentials = `${LOGIN.user}:${encodeURIComponent(LOGIN.password)}`

/** A real SMTP server, by default on a free port. It accepts only LOGIN, and only over TLS. */
export async function startMailServer(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
  const server = new SMTPServer({
    logger: false,
    closeTimeout: 100,
    hideENHANCEDSTATUSCODES: false,
    hideSMTPUTF8: false,
    onAuth: ({ username, password }, _session, done) =>
      username === LOGIN.user && password === LOGIN.password
        ? done(null, { user: username })
        : done(refusal([535, `5.7.8 Not "${password}"`])),
    onConnect(_session, done) {
      mailServer.sessions += 1
      if (mailServer.answers.greeting !== 'hang') done()
    },
    onRcptTo: (_address, _session, done) => done(refusal(mailServer.answers.recipient)),
    onData(stream, session, done) {
      void receive(stream, session).then(() => {
        const answer = mailServer.answers.content
        if (answer !== 'hang') done(refusal(answer))
      }, done)
    },
    ...options,
  })

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession) {
    const raw = await text(stream)
    if (mailServer.answers.content) return
    const { mailFrom, rcptTo } = session.envelope
    mailServer.received.push({
      from: mailFrom ? mailFrom.address : '',
      to: rcptTo.map(({ address }) => address),
      raw,
      mail: await simpleParser(raw),
      secure: session.secure,
      user: session.user as string | undefined,
    })
  }

  // Some tests disconnect the client.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const mailServer: MailServer = {
    port: (server.server.address() as AddressInfo).port,
    received: [],
    sessions: 0,
    answers: {},
    drop: () => server.connections.forEach((connection) => connection.close()),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return mailServer
}

function refusal(answer: [number, string] | undefined): Error | null {
  return answer ? Object.assign(new Error(answer[1]), { responseCode: answer[0] }) : null
}
