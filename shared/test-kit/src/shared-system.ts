import type { System } from './system.ts'

/**
 * The system that the jest worker keeps running for all test files that do not stop or break it. Its databases are not
 * empty: other files have registered users, created roles and uploaded pictures. A test that shares the system uses its
 * own users, roles, tags and names, filters lists by them, and leaves every service running.
 *
 * @throws Error outside the jest project `system` (scripts/jest/system-environment.js)
 */
export async function sharedSystem(): Promise<System> {
  const { keptSystem } = globalThis as { keptSystem?: () => Promise<System> }
  if (keptSystem === undefined) throw new Error('Only the tests in tests/ can share a system')
  return keptSystem()
}
