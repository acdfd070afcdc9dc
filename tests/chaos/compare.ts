import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { eventually, runStatement } from '@likeness/test-kit'

import type { ChaosSystem } from './chaos-system.ts'
import { violate, type Ledger } from './ledger.ts'

/** The time for all jobs to be done. A job can wait in the third tier of retries. */
const SETTLE_MS = 300_000
/** Rows of a media of 640 × 480 pixels: five sizes in two formats. */
const SIZES = 10

interface MediaRow {
  id: string
  filename: string
  status: string
  sha256: string
  key: string
  sizes: number
  ready: number
}

/** Compares what the clients were promised with the rows and files. Violations are added to the ledger. */
export async function compare(chaos: ChaosSystem, ledger: Ledger): Promise<void> {
  await becomeSettled(chaos, ledger)
  await compareUploads(chaos, ledger)
  await compareFiles(chaos, ledger)
  for (const edits of ledger.roles) await compareRole(chaos, ledger, edits)
}

async function becomeSettled({ system }: ChaosSystem, ledger: Ledger): Promise<void> {
  await eventually(
    async () => {
      const [row] = await runStatement(
        system.mediasDbUrl,
        `SELECT count(*)::int AS count FROM media_version WHERE status IN ('queued', 'processing')`,
      )
      const { count } = row as { count: number }
      if (count > 0) throw new Error(`${count} versions are not settled`)
    },
    { limitMs: SETTLE_MS, everyMs: 1_000 },
  ).catch((error: unknown) => violate(ledger, String(error)))
}

async function compareUploads({ system, storeFolder }: ChaosSystem, ledger: Ledger): Promise<void> {
  const rows = (await runStatement(
    system.mediasDbUrl,
    `SELECT m.id, m.filename, m.status, b.sha256, b.store_key AS key,
            (SELECT count(*) FROM media_size s WHERE s.version_id = v.id)::int AS sizes,
            (SELECT count(*) FROM event e WHERE e.version_id = v.id AND e.type = 'ready')::int AS ready
     FROM media m JOIN media_version v ON v.media_id = m.id JOIN blob b ON b.id = v.blob_id`,
  )) as MediaRow[]
  const byId = new Map(rows.map((row) => [row.id, row]))
  for (const { mediaId, filename, sha256 } of ledger.uploads) {
    const row = byId.get(mediaId)
    if (!row) {
      violate(ledger, `The accepted upload ${filename} is lost`)
      continue
    }
    const expected = { filename, status: 'ready', sha256, sizes: SIZES, ready: 1 }
    const actual = {
      filename: row.filename,
      status: row.status,
      sha256: row.sha256,
      sizes: row.sizes,
      ready: row.ready,
    }
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      violate(ledger, `The upload ${filename} is ${JSON.stringify(actual)}, but should be ${JSON.stringify(expected)}`)
    const bytes = await readFile(join(storeFolder, row.key)).catch(() => null)
    if (!bytes || createHash('sha256').update(bytes).digest('hex') !== sha256)
      violate(ledger, `The original of ${filename} is ${bytes ? 'changed' : 'lost'}`)
  }
  const names = new Map<string, number>()
  for (const { filename } of rows) names.set(filename, (names.get(filename) ?? 0) + 1)
  for (const [filename, count] of names) if (count > 1) violate(ledger, `The upload ${filename} exists ${count} times`)
  const promised = new Set([...ledger.uploads.map(({ filename }) => filename), ...ledger.unanswered])
  for (const filename of names.keys()) if (!promised.has(filename)) violate(ledger, `Nobody has uploaded ${filename}`)
}

/** Each row has its file. Files without rows are left to the housekeeping, which has tests of its own. */
async function compareFiles({ system, storeFolder }: ChaosSystem, ledger: Ledger): Promise<void> {
  const rows = (await runStatement(
    system.mediasDbUrl,
    'SELECT DISTINCT store_key AS key, bytes::int AS bytes FROM media_size',
  )) as { key: string; bytes: number }[]
  const stored = new Map<string, Set<string>>()
  for (const { key } of rows) {
    const folder = key.slice(0, key.lastIndexOf('/'))
    if (!stored.has(folder))
      stored.set(folder, new Set(await readdir(join(storeFolder, folder)).catch((): string[] => [])))
    if (!stored.get(folder)?.has(key.slice(folder.length + 1))) violate(ledger, `The rendition ${key} is lost`)
  }
}

async function compareRole(
  { system }: ChaosSystem,
  ledger: Ledger,
  { roleId, accepted, lastSent }: Ledger['roles'][number],
): Promise<void> {
  const [role] = await runStatement(system.mainDbUrl, 'SELECT description FROM roles WHERE id = $1', [roleId])
  const description = Number((role as { description: string } | undefined)?.description)
  if (!(description >= (accepted.at(-1) ?? 0) && description <= lastSent))
    violate(ledger, `The role has the edit ${description}, but ${accepted.at(-1)} was accepted`)
  const lines = (await runStatement(
    system.mainDbUrl,
    `SELECT after ->> 'description' AS description FROM audit WHERE target_id = $1 AND action = 'role.updated'`,
    [roleId],
  )) as { description: string }[]
  const recorded = new Map<number, number>()
  for (const line of lines) {
    const number = Number(line.description)
    recorded.set(number, (recorded.get(number) ?? 0) + 1)
  }
  for (const number of accepted) {
    if (recorded.get(number) !== 1)
      violate(ledger, `The edit ${number} of a role has ${recorded.get(number) ?? 0} entries in the audit trail`)
  }
}
