import { fileURLToPath } from 'node:url'

/** The root of the repository, without a slash at the end. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

/** The servers of a test run, handed from the process that started them to every suite through the environment. */
export interface TestServers {
  /** A superuser, database `postgres`. */
  postgresUrl: string
  amqpUrl: string
  managementUrl: string
}

const variable = 'LIKENESS_TEST_SERVERS'

/** Lets every suite of this run know the servers. */
export function publishTestServers(servers: TestServers): void {
  process.env[variable] = JSON.stringify(servers)
}

/** @throws Error when the run was not started through jest's global set-up */
export function readTestServers(): TestServers {
  const value = process.env[variable]
  if (value === undefined) throw new Error('There are no test servers: run tests through `npm test` (jest.config.js)')
  return JSON.parse(value) as TestServers
}

/** What a program needs of our environment to run at all, and nothing that would configure it. */
export function bareEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'USER']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
