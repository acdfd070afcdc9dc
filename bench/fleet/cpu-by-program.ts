import { figuresOfFamily } from '../process-figures.ts'
import type { PrivateFleet } from './private-fleet.ts'

/** CPU milliseconds so far, by program. */
export function cpuOf({ system, postgres, rabbit }: PrivateFleet): Record<string, number> {
  const taken = (pids: number[], which: 'all' | 'root' | 'children' = 'all') =>
    pids.reduce((sum, pid) => sum + figuresOfFamily(pid, which).cpuMs, 0)
  const workers = system.workers.map(({ pid }) => pid)
  return {
    'render processes': taken(workers, 'children'),
    'workers themselves': taken(workers, 'root'),
    PostgreSQL: taken([postgres.pid]),
    RabbitMQ: taken([rabbit.pid]),
    'medias-service': taken([system.medias.pid]),
    'main- and auth-service': taken([system.main.pid, system.auth.pid]),
    'this benchmark': taken([process.pid], 'root'),
  }
}

/** CPU milliseconds per picture since `before`, by program. */
export function cpuSince(
  fleet: PrivateFleet,
  before: Record<string, number>,
  pictures: number,
): Record<string, number> {
  const after = Object.entries(cpuOf(fleet))
  return Object.fromEntries(after.map(([program, ms]) => [program, (ms - (before[program] ?? 0)) / pictures]))
}
