import { sharedGuide, sharedProblems, type ProblemGuide } from '@likeness/internal-api'

import { problemGuide } from '../process/problem-guide.ts'
import { dependencies, problemFrom, problems, type Dependency, type Problem } from '../process/problem.ts'

/** A code in docs/errors.md and in `/docs/errors`. In the texts, backticks mark code. */
export interface ErrorEntry {
  code: string
  /** The HTTP statuses that the code is returned with; empty for a code that no response has, such as a failure code. */
  statuses: number[]
  meaning: string
  cause: string
  action: string
}

export interface ErrorSection {
  title: string
  introduction: string
  entries: ErrorEntry[]
}

type Catalogue = Record<string, (...facts: never[]) => Problem>

/**
 * The entries of the guide's codes, in the order of the guide.
 *
 * @param made problems of the same catalogue; problems that the guide lacks are explained in another section
 */
export function explain(made: Problem[], guide: Record<string, ProblemGuide>): ErrorEntry[] {
  return Object.entries(guide).map(([code, { meaning, cause, action }]) => {
    const same = made.filter((problem) => problem.code === code)
    const statuses = [...new Set(same.map(({ status }) => status))].toSorted((a, b) => a - b)
    return { code, statuses, meaning: meaning ?? same[0]?.message ?? '', cause, action }
  })
}

/** Replaces a word, a number, a date or a list in the sentence of a problem. */
const placeholder = Object.assign(['…'], { toISOString: () => '…', toString: () => '…' })

/** One problem of each factory, with `…` in place of its facts. */
export const problemsOf = (catalogue: Catalogue): Problem[] =>
  Object.values(catalogue).map((make) => (make as (...facts: unknown[]) => Problem)(placeholder, placeholder))

/** The codes that any service can return. */
export function everyServiceErrors(): ErrorSection {
  const { unavailable, ...others } = problems
  const away = Object.keys(dependencies).map((dependency) => unavailable(dependency as Dependency))
  return {
    title: 'All services',
    introduction: 'Every service can return these codes, on any route.',
    entries: explain([...problemsOf(others), ...away], problemGuide),
  }
}

/** The codes that main-service and auth-service return. */
export function accountErrors(): ErrorSection {
  return {
    title: 'Accounts and login',
    introduction: 'auth-service returns these codes, and main-service returns some of them.',
    entries: explain(
      Object.values(sharedProblems).map((definition) => problemFrom(definition)),
      sharedGuide,
    ),
  }
}
