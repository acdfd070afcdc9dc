import { sharedGates } from '@likeness/internal-api'

/** The gates that this service uses, with their defaults, which apply while main-service is unavailable. */
export const gates = sharedGates

export type Gate = keyof typeof gates

export const gateKeys = Object.keys(gates) as Gate[]

export const isGate = (key: string): key is Gate => Object.hasOwn(gates, key)
