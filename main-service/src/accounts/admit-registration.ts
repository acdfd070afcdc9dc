import { emailDomain } from '@likeness/internal-api'

import type { Context } from '../context.ts'
import { registrationCounter } from '../credentials/attempt-counters.ts'
import { countAttempt } from '../credentials/guess-rows.ts'
import type { Features } from '../features/features.ts'
import { mainProblems } from '../problems.ts'

/**
 * Admits a registration before its password is hashed. Only a registration that is open for the address is counted.
 *
 * @throws {Problem} 403 `registration-closed`, 429 `too-many-attempts`.
 */
export async function admitRegistration({ maindb, features, environment }: Context, email: string): Promise<void> {
  await assertRegistrationOpen(features, email)
  await countAttempt(maindb, [registrationCounter(environment)])
}

/** @throws {Problem} 403 `registration-closed`. */
export async function assertRegistrationOpen(features: Features, email: string): Promise<void> {
  if (!(await features.isOn('registration', { emailDomain: emailDomain(email) })))
    throw mainProblems.registrationClosed()
}
