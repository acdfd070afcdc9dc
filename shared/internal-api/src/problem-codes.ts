/** The codes of main-service's problems that auth-service passes on to its own clients. */
export const passedOnCodes = [
  'email-taken',
  'refresh-token-reused',
  'registration-closed',
  'too-many-attempts',
] as const

export type PassedOnCode = (typeof passedOnCodes)[number]
