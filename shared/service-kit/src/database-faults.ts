import { problems, type Problem } from './problem.ts'

interface PostgresError extends Error {
  code?: string
}

const lostConnection =
  /Connection terminated|Client has encountered a connection error|Query read timeout|server closed the connection|timeout expired|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN/

/**
 * PostgreSQL's errors that are not a fault of the code, as problems: away (503), bytes that are no text, or a value that
 * cannot be what it has to be (422): a forged cursor, the year 0.
 * Codes: PostgreSQL's Appendix A. 08 connection, 53 resources, 57P shutdown, 57014 cancelled by a timeout, 22021 NUL,
 * 22007 and 22008 no time, 22009 no time zone by its distance, 22023 none by its name, 22P02 no value of its type.
 */
export function databaseFault(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined
  const original = ('original' in error && error.original instanceof Error ? error.original : error) as PostgresError
  const code = original.code ?? ''
  if (isDatabaseAway(error)) return problems.unavailable('database', error)
  if (code === '22021' || code === '22P05') {
    return problems.invalid([{ path: 'request', message: 'has a character that cannot be stored (NUL)' }])
  }
  const isUnknownZone = code === '22023' && original.message.startsWith('time zone')
  if (isUnknownZone || ['22007', '22008', '22009', '22P02'].includes(code)) {
    return problems.invalid([{ path: 'request', message: 'has a value that cannot be read (a cursor, a time)' }])
  }
  return undefined
}

/** Whether an error says that PostgreSQL is away, rather than that it refused a statement. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const original = ('original' in error && error.original instanceof Error ? error.original : error) as PostgresError
  return (
    /^Sequelize(Connection|HostNot|HostNotReachable|InvalidConnection|AccessDenied|Timeout)/.test(error.name) ||
    /^(08|53|57P|57014)/.test(original.code ?? '') ||
    lostConnection.test(original.message) ||
    lostConnection.test(original.code ?? '')
  )
}
