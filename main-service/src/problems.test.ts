import { expect, it } from '@jest/globals'
import { passedOnCodes } from '@likeness/internal-api'

import { mainProblems, type MainProblemCode } from './problems.ts'

it('has every problem that auth-service says it passes on', () => {
  // The types are half of the test: a renamed code does not compile.
  const codes: readonly MainProblemCode[] = passedOnCodes
  const made: MainProblemCode[] = [
    mainProblems.emailTaken().code,
    mainProblems.refreshTokenReused().code,
    mainProblems.registrationClosed().code,
    mainProblems.tooManyAttempts(1).code,
  ]

  expect([...codes].sort()).toEqual(made.sort())
})
