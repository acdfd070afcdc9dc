interface MailFault {
  /** Whether the same mail to the same address would fail again, so that another attempt is of no use. */
  permanent: boolean
  /** The server's reply code (`550`), or the system's (`ECONNREFUSED`). */
  code?: string | undefined
  cause?: unknown
}

/** A mail that was not taken. A transient one may have gone out all the same: its answer can be what was lost. */
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
