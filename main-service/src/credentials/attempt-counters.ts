import { clientNetwork, currentRequest } from '@likeness/service-kit/process'

import type { Environment } from '../env.ts'
import type { AttemptCounter } from './guess-rows.ts'

/** NIST SP 800-63B (5.2.2) allows at most 100 consecutive failures. */
const PASSWORD_ATTEMPTS = 10
/** High, because a token has 256 bits: this limits the load, not the chance of a hit. */
const WRONG_TOKENS = 100

export const passwordCounters = (keys: string[]): AttemptCounter[] =>
  [...new Set(keys)].map((key) => ({ key, most: PASSWORD_ATTEMPTS }))

/** Failed logins from one network address, whatever the account. */
export const networkCounter = ({ LOGIN_FAILURES_PER_ADDRESS }: Environment): AttemptCounter => ({
  key: networkKey('login'),
  most: LOGIN_FAILURES_PER_ADDRESS,
})

export const registrationCounter = ({ REGISTRATIONS_PER_ADDRESS }: Environment): AttemptCounter => ({
  key: networkKey('registration'),
  most: REGISTRATIONS_PER_ADDRESS,
})

export const wrongTokenCounter = (): AttemptCounter => ({ key: networkKey('wrong-token'), most: WRONG_TOKENS })

/** For a call from auth-service, the address is that of its client. */
const networkKey = (kind: string) => `${kind}:${clientNetwork(currentRequest()?.address ?? 'unknown')}`
