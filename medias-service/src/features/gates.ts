/**
 * The features that this service asks about, with what holds where main-service does not answer: main-service's own
 * defaults (its `features/gates.ts` says what each decides).
 */
export const gates = { 'media-avif': true } as const satisfies Record<string, boolean>

export type Gate = keyof typeof gates

export const gateKeys = Object.keys(gates) as Gate[]

export const isGate = (key: string): key is Gate => Object.hasOwn(gates, key)
