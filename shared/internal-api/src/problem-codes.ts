import type { SharedProblem } from './problems.ts'

/**
 * The problem codes that an endpoint may declare. This package cannot read the catalogues of the services, so it names
 * the codes. tests/problem-codes.test.ts checks that each one is in a catalogue.
 */
export type EndpointProblemCode =
  | SharedProblem['code']
  | 'key-expired'
  | 'key-invalid'
  | 'key-maker-inactive'
  | 'key-revoked'
  | 'range-not-satisfiable'
  | 'session-ended'
