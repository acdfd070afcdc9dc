import { z } from 'zod'

const first = Date.parse('0001-01-01T00:00:00Z')
const last = Date.parse('9999-12-31T23:59:59.999Z')

const tooLargeOffset = /[+-](1[6-9]|2\d):\d\d$/

/**
 * A time from a client (RFC 3339), converted to UTC with milliseconds, as in all responses. It accepts only times that
 * PostgreSQL can read: no year 0, and no offset of 16 hours or more.
 */
export const time = z.iso
  .datetime({ offset: true, abort: true, error: 'must be a date and time such as 2026-01-31T12:00:00Z' })
  .refine((given) => !tooLargeOffset.test(given), 'must have an offset of less than 16 hours')
  .refine((given) => Date.parse(given) >= first && Date.parse(given) <= last, 'must be in a year from 1 to 9999')
  .transform((given) => new Date(given).toISOString())
