import { emailDomain } from '@likeness/internal-api'

import type { Caller, ServiceCaller } from '../process/caller.ts'

/** The features that routes can require. */
export interface FeatureGates {
  knows(gate: string): boolean
  isOn(gate: string, caller: Caller | ServiceCaller | undefined): Promise<boolean>
}

/** The attributes of a caller for the evaluation of a feature, from their token. */
export interface CallerAttributes {
  id?: string | undefined
  roles?: string[] | undefined
  emailDomain?: string | undefined
}

/** The attributes of a caller from their token; a request without a token has none. */
export function callerAttributes(caller: Caller | ServiceCaller | undefined): CallerAttributes {
  if (caller?.kind !== 'user') return {}
  const { roles, email } = caller.claims
  return { id: caller.id, roles, emailDomain: emailDomain(email) }
}
