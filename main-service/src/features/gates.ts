import { sharedGates } from '@likeness/internal-api'

interface GateDefinition {
  /** The default: the value while neither GrowthBook nor the file defines the gate. */
  standard: boolean
  /** The sentence that the API description shows. */
  decides: string
}

/** Every feature that the code uses. */
export const gates = {
  registration: { standard: true, decides: 'Whether anybody may register.' },
  ...sharedGates,
  'api-keys': { standard: true, decides: 'Whether API keys can be created.' },
} as const satisfies Record<string, GateDefinition>

export type Gate = keyof typeof gates

export const gateKeys = Object.keys(gates) as Gate[]

export const isGate = (key: string): key is Gate => Object.hasOwn(gates, key)
