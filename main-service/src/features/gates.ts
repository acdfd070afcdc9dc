import { sharedGates } from '@likeness/internal-api'

interface GateDefinition {
  /** The default value, used while neither GrowthBook nor the features file defines the gate. */
  standard: boolean
  /** A sentence for the API documentation. */
  description: string
}

/** The features that the code of Likeness evaluates. */
export const gates = {
  registration: { standard: true, description: 'Whether anybody can register.' },
  ...sharedGates,
  'api-keys': { standard: true, description: 'Whether API keys can be created.' },
} as const satisfies Record<string, GateDefinition>

export type Gate = keyof typeof gates

export const gateKeys = Object.keys(gates) as Gate[]

export const isGate = (key: string): key is Gate => Object.hasOwn(gates, key)
