import { sharedGates } from '@likeness/internal-api'

interface GateDefinition {
  /** What holds while GrowthBook, or the file, has no word on it. */
  standard: boolean
  /** What it decides. */
  decides: string
}

/** Every feature that the code asks about. */
export const gates = {
  registration: { standard: true, decides: 'Whether anybody may register.' },
  ...sharedGates,
  'api-keys': { standard: true, decides: 'Whether API keys can be made.' },
} as const satisfies Record<string, GateDefinition>

export type Gate = keyof typeof gates

export const gateKeys = Object.keys(gates) as Gate[]

export const isGate = (key: string): key is Gate => Object.hasOwn(gates, key)
