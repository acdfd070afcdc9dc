import { createCounter, Problem, type Metrics } from '@likeness/service-kit/process'

/** Runs a login and counts it by its outcome. */
export type CountLogin = <Result>(login: () => Promise<Result>) => Promise<Result>

/** The outcome of a login is `succeeded`, or the code of the problem that the client receives. */
export function createLoginCounter(metrics: Metrics): CountLogin {
  const count = createCounter(metrics, {
    name: 'likeness_logins_total',
    help: 'Logins with a password by outcome: succeeded, or the code of the problem.',
    labels: ['outcome'],
  })
  return async (login) => {
    try {
      const result = await login()
      count({ outcome: 'succeeded' })
      return result
    } catch (error) {
      count({ outcome: error instanceof Problem ? error.code : 'internal-error' })
      throw error
    }
  }
}
