import { Problem, problems } from '@likeness/service-kit/process'
import pg from 'pg'

import { UnitLimitError } from './unit-limits.ts'

const lostConnection =
  /Connection terminated|Client has encountered a connection error|Query read timeout|server closed the connection|timeout expired|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN/

/** The error of PostgreSQL if Sequelize has wrapped it; otherwise the error itself. */
export function databaseError(error: unknown): unknown {
  const original = originalOf(error)
  return original instanceof pg.DatabaseError ? original : error
}

/** The name of the violated constraint (23505: unique_violation, 23503: foreign_key_violation). */
export function violatedConstraint(error: unknown, code: '23505' | '23503' = '23505'): string | undefined {
  const original = originalOf(error)
  return original instanceof pg.DatabaseError && original.code === code ? original.constraint : undefined
}

/** Sequelize keeps the driver's error as `original`. */
const originalOf = (error: unknown): unknown =>
  error instanceof Error && 'original' in error && error.original instanceof Error ? error.original : error

const codeOf = (error: unknown): string => (error as { code?: string } | undefined)?.code ?? ''

/**
 * Translates errors of PostgreSQL that are not bugs into problems: the database is unavailable (503), or PostgreSQL cannot
 * store or parse a value of the request (422), such as a forged cursor or the year 0.
 *
 * Codes are from Appendix A of the PostgreSQL documentation: 22021 and 22P05 untranslatable characters (NUL), 22007 and
 * 22008 times, 22009 a time zone displacement, 22023 an unknown time zone name, 22P02 a value of another type.
 */
export function databaseFault(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined
  const original = originalOf(error) as Error
  const code = codeOf(original)
  if (isDatabaseUnavailable(error)) return problems.unavailable('database', error)
  if (code === '22021' || code === '22P05') {
    return problems.invalid([{ path: 'request', message: 'contains a NUL character, which cannot be stored' }])
  }
  const isUnknownZone = code === '22023' && original.message.startsWith('time zone')
  if (isUnknownZone || ['22007', '22008', '22009', '22P02'].includes(code)) {
    return problems.invalid([
      { path: 'request', message: 'contains a value that PostgreSQL cannot read, such as a wrong cursor or time' },
    ])
  }
  return undefined
}

/**
 * Whether PostgreSQL is unreachable or unusable, in contrast to an error in a statement. Codes: 08 connection, 25006 a
 * standby that is not promoted yet, 53 resources, 57P shutdown, 57014 cancelled by a time limit, 58 system error, such as a
 * failing disk. A transaction that reached its time limit counts too, because nobody knows whether it was committed.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof Problem) return error.cause instanceof UnitLimitError
  const original = originalOf(error) as Error
  return (
    /^Sequelize(Connection|HostNot|HostNotReachable|InvalidConnection|AccessDenied|Timeout)/.test(error.name) ||
    /^(08|25006|53|57P|57014|58)/.test(codeOf(original)) ||
    lostConnection.test(original.message) ||
    lostConnection.test(codeOf(original))
  )
}

/**
 * Whether no connection to PostgreSQL is possible: the host is unreachable, nothing listens, PostgreSQL stops or starts, or
 * it rejects the login or the database's name. In contrast to `isDatabaseUnavailable`, a slow or overloaded PostgreSQL does
 * not count. Codes: 08 connection, 28 login, 3D000 no such database, 57P shutdown and start.
 */
export function isDatabaseUnreachable(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'SequelizeConnectionAcquireTimeoutError') return false
  const original = originalOf(error) as Error
  return (
    /^Sequelize(Connection|HostNot|InvalidConnection|AccessDenied)/.test(error.name) ||
    /^(08|28|3D000|57P|E[A-Z_]+$)/.test(codeOf(original)) ||
    /Connection terminated|server closed the connection/.test(original.message)
  )
}
