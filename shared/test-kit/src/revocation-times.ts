import { eventually } from '@likeness/local-servers'

import { runStatement } from './databases.ts'
import type { ServiceProcess } from './processes.ts'
import type { System } from './system.ts'

/** docs/security.md promises that every service enforces a revocation within 5 s. */
const PROMISED_MS = 5_000
/** Time to wait for the log lines of the services, because a busy machine reads them late. */
const WAIT_MS = 60_000

type Service = 'main' | 'auth' | 'medias'

/** A row of the revocation feed. */
interface Revoked {
  kind: string
  id: string
  minEpoch: number
  committedAt: Date
}

/** An entry of the log event `revocations.applied`. */
type Applied = Pick<Revoked, 'kind' | 'id' | 'minEpoch'>

/**
 * Waits until the services have applied every revocation of these users (with their sessions and API keys), roles,
 * sessions or keys. From then on, each service rejects the affected tokens.
 *
 * The limit of 5 s is measured from the commit in maindb to the log line of the service, so that a delay of the test
 * process does not count.
 *
 * @param ids of users, roles, sessions or API keys
 * @param services that ran when the change was committed; default: all three
 * @throws Error if none of the ids was revoked, or if a service applied an entry later than 5 s after its commit
 */
export async function expectRevokedWithin5s(
  system: System,
  ids: string[],
  services: Service[] = ['main', 'auth', 'medias'],
): Promise<void> {
  const revoked = await readRevoked(system.mainDbUrl, ids)
  if (revoked.length === 0) throw new Error(`None of these ids was revoked: ${ids.join(', ')}`)
  const late: string[] = []
  for (const service of services) {
    for (const entry of revoked) {
      const appliedAt = await eventually(() => readAppliedAt(service, system[service], entry), { limitMs: WAIT_MS })
      const ms = appliedAt - entry.committedAt.getTime()
      if (ms > PROMISED_MS) late.push(`${service} applied ${entry.kind} ${entry.id} after ${ms} ms`)
    }
  }
  if (late.length > 0) throw new Error(`Revocations took longer than ${PROMISED_MS} ms:\n${late.join('\n')}`)
}

/** Without commit timestamps, the time of a change is the beginning of its transaction, which is stricter. */
async function readRevoked(mainDbUrl: string, ids: string[]): Promise<Revoked[]> {
  const rows = await runStatement(
    mainDbUrl,
    `SELECT kind, subject AS id, min_epoch AS "minEpoch",
            CASE WHEN current_setting('track_commit_timestamp')::boolean
                 THEN pg_xact_commit_timestamp(xid::xid) ELSE created_at END AS "committedAt"
     FROM revocation
     WHERE subject = ANY ($1::uuid[])
        OR subject IN (SELECT id FROM sessions WHERE user_id = ANY ($1::uuid[]))
        OR subject IN (SELECT id FROM api_key WHERE user_id = ANY ($1::uuid[]))`,
    [ids],
  )
  return rows as Revoked[]
}

function readAppliedAt(name: Service, { log }: ServiceProcess, { kind, id, minEpoch }: Revoked): number {
  const line = log.find(
    ({ event, entries }) =>
      event === 'revocations.applied' &&
      (entries as Applied[]).some((one) => one.kind === kind && one.id === id && one.minEpoch >= minEpoch),
  )
  if (line === undefined) throw new Error(`${name} has not applied ${kind} ${id} at epoch ${minEpoch}`)
  return Date.parse(String(line['time']))
}
