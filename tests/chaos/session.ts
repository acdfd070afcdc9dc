import { setTimeout as pause } from 'node:timers/promises'

import type { Person, System } from '@likeness/test-kit'

import { violate, type Ledger } from './ledger.ts'
import { attempt } from './requests.ts'

/** A spent refresh token gets the same successor for ten seconds. */
const REPEATABLE_MS = 10_000
const RETRY_MS = 200

/** A logged-in client that survives faults. */
export interface Session {
  accessToken(): string
  /** Exchanges the refresh token, repeatedly until it is answered, and checks the new access token. */
  refresh(stopping: AbortSignal): Promise<void>
  logIn(stopping: AbortSignal): Promise<void>
}

export function openSession(system: System, ledger: Ledger, person: Person): Session {
  const auth = `${system.authUrl}/api/v1/auth`
  let tokens = { accessToken: person.accessToken, refreshToken: person.refreshToken }

  const logIn = async (stopping: AbortSignal): Promise<void> => {
    const body = { email: person.email, password: person.password }
    while (!stopping.aborted) {
      const answer = await attempt(ledger, 'POST', `${auth}/login`, { body })
      if (answer?.status === 200) {
        tokens = answer.body
        return
      }
      if (answer && ![429, 503].includes(answer.status)) violate(ledger, `A right login returned ${answer.status}`)
      await pause(RETRY_MS)
    }
  }

  const checkAccess = async (): Promise<void> => {
    const answer = await attempt(ledger, 'GET', `${system.mainUrl}/api/v1/users/me`, { token: tokens.accessToken })
    if (answer?.status === 401) violate(ledger, `A fresh access token was rejected: ${JSON.stringify(answer.body)}`)
  }

  return {
    accessToken: () => tokens.accessToken,
    logIn,
    refresh: async (stopping) => {
      const body = { refreshToken: tokens.refreshToken }
      const firstSent = performance.now()
      while (!stopping.aborted) {
        const answer = await attempt(ledger, 'POST', `${auth}/refresh`, { body })
        const isLate = performance.now() - firstSent >= REPEATABLE_MS
        if (answer?.status === 200) {
          tokens = answer.body
          ledger.refreshes += 1
          return checkAccess()
        }
        if (answer && ![429, 503].includes(answer.status) && !isLate)
          violate(ledger, `A repeated refresh within 10 s returned ${answer.status} ${JSON.stringify(answer.body)}`)
        if (isLate || answer?.status === 401) {
          ledger.lateRefreshes += 1
          return logIn(stopping)
        }
        await pause(RETRY_MS)
      }
    },
  }
}
