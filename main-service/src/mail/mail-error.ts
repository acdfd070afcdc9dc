interface MailFault {
  /** Whether the same mail to the same address would fail again, so that it must not be retried. */
  permanent: boolean
  /** The server's reply code (`550`), or the system's error code (`ECONNREFUSED`). */
  code?: string | undefined
  cause?: unknown
}

/**
 * Thrown if the server did not confirm a mail. After a transient error, the mail may still arrive: only the server's reply
 * may be lost.
 */
export class MailError extends Error {
  readonly permanent: boolean
  readonly code: string | undefined

  constructor(message: string, { permanent, code, cause }: MailFault) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'MailError'
    this.permanent = permanent
    this.code = code
  }
}
