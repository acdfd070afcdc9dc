interface MailFault {
  /** Whether the same mail to the same address would fail again, so that a retry is useless. */
  permanent: boolean
  /** The server's reply code (`550`), or the system's error code (`ECONNREFUSED`). */
  code?: string | undefined
  cause?: unknown
}

/** A mail that was not sent. After a transient error it may have been sent after all, if only the answer was lost. */
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
