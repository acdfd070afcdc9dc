import { emailDomain } from '@likeness/internal-api'

import type { Caller, ServiceCaller } from '../process/caller.ts'

/** The gates that routes may name, and whether one is open to whoever asks. */
export interface FeatureGates {
  knows(gate: string): boolean
  isOn(gate: string, caller: Caller | ServiceCaller | undefined): Promise<boolean>
}

/** Who a feature is evaluated for, as their token says it. */
export interface CallerAttributes {
  id?: string | undefined
  roles?: string[] | undefined
  emailDomain?: string | undefined
}

/** The attributes that only a token gives; nobody has none. */
export function callerAttributes(caller: Caller | ServiceCaller | undefined): CallerAttributes {
  if (caller?.kind !== 'user') return {}
  const { roles, email } = caller.claims
  return { id: caller.id, roles, emailDomain: emailDomain(email) }
}
