import { fileURLToPath } from 'node:url'

/** The root of the repository, without a slash at the end. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

/**
 * The servers of a test run. The process that starts them passes their addresses to every test file in the environment. A
 * run has only the servers that its tests need (scripts/jest/needs.js).
 */
export interface TestServers {
  /** For a superuser and the database `postgres`. */
  postgresUrl?: string
  amqpUrl?: string
  managementUrl?: string
}

const variable = 'LIKENESS_TEST_SERVERS'

/** Passes the addresses of the servers to every test file of this run. */
export function publishTestServers(servers: TestServers): void {
  process.env[variable] = JSON.stringify(servers)
}

/** @throws Error if this run has not started the server */
export function readTestServer(name: keyof TestServers): string {
  const servers = JSON.parse(process.env[variable] ?? '{}') as TestServers
  const url = servers[name]
  if (url === undefined) {
    throw new Error(`This run has no server for ${name}. Run tests with make test, and see scripts/jest/needs.js`)
  }
  return url
}

/** The variables of this environment that a program needs to run, without the variables that configure it. */
export function bareEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'USER']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
