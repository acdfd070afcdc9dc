import type { sharedProblems } from './problems.ts'

/** The codes of main-service's problems that auth-service passes on to its own clients. */
export const passedOnCodes = [
  'email-taken',
  'refresh-token-reused',
  'registration-closed',
  'too-many-attempts',
] as const

export type PassedOnCode = (typeof passedOnCodes)[number]

/**
 * The problem codes that an endpoint may declare. This package cannot read the catalogues of the services, so it names
 * the codes. tests/problem-codes.test.ts checks that each one is in a catalogue.
 */
export type EndpointProblemCode =
  | PassedOnCode
  | (typeof sharedProblems)[keyof typeof sharedProblems]['code']
  | 'key-expired'
  | 'key-invalid'
  | 'key-maker-inactive'
  | 'key-revoked'
  | 'range-not-satisfiable'
  | 'session-ended'
