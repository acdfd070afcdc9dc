import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDatabase, logInAs, runStatement, type TestDatabase } from '@likeness/test-kit'
import pg from 'pg'

/**
 * The rights of each role, by table: select, insert, update, delete. A verb with columns is restricted to these columns. A
 * table without a line here fails the test: decide which role needs it.
 */
const rights: Record<string, { medias_service: string; media_worker: string }> = {
  SequelizeMeta: { medias_service: '', media_worker: '' },
  blob: { medias_service: 'SIUD', media_worker: 'S U(condemnations)' },
  condemned_rendition: { medias_service: 'SID', media_worker: 'SID' },
  dead_job: { medias_service: 'SIUD', media_worker: '' },
  dead_job_end: { medias_service: 'SIUD', media_worker: '' },
  event: { medias_service: 'SIUD', media_worker: 'SI' },
  fleet: { medias_service: 'SU', media_worker: 'S' },
  idempotency_key: { medias_service: 'SIUD', media_worker: '' },
  media: {
    medias_service: 'SIUD',
    media_worker: 'S(focal_x,focal_y,id,mime_type,trashed_at) U(current_version_id,mime_type,status,updated_at)',
  },
  media_owner: { medias_service: 'SIU', media_worker: '' },
  media_size: { medias_service: 'S', media_worker: 'SIUD' },
  media_tag: { medias_service: 'SIUD', media_worker: '' },
  media_tags_media: { medias_service: 'SID', media_worker: '' },
  media_version: {
    medias_service: 'SIU',
    media_worker:
      'S U(animated,attempts,camera_make,camera_model,completed_at,dominant_color,error_code,error_message,format,' +
      'has_alpha,height,pages,started_at,starts,status,taken_at,thumbhash,width)',
  },
  outbox: { medias_service: 'SIUD', media_worker: '' },
  regeneration: { medias_service: 'SIUD', media_worker: 'S' },
  regeneration_job: { medias_service: 'SIUD', media_worker: 'SD' },
  worker: { medias_service: 'S', media_worker: 'SIUD' },
}

/** PostgreSQL's insufficient_privilege. */
const REFUSED = '42501'

const roles = ['medias_service', 'media_worker'] as const
type Role = (typeof roles)[number]

/** The rights of a role as PostgreSQL computes them, including rights of PUBLIC, in the form of the list above. */
async function readRights(url: string, role: Role): Promise<Record<string, string>> {
  const rows = (await runStatement(
    url,
    `SELECT c.relname AS table, left(verb, 1) AS verb, has_table_privilege($1, c.oid, verb) AS whole,
            (SELECT coalesce(string_agg(a.attname, ',' ORDER BY a.attname), '') FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND CASE WHEN verb = 'DELETE' THEN false ELSE has_column_privilege($1, c.oid, a.attnum, verb) END) AS columns
     FROM pg_class c CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY AS each(verb, place)
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1, each.place`,
    [role],
  )) as { table: string; verb: string; whole: boolean; columns: string }[]
  const found: Record<string, string[]> = {}
  for (const { table, verb, whole, columns } of rows) {
    found[table] ??= []
    if (whole) found[table].push(verb)
    else if (columns) found[table].push(`${verb}(${columns})`)
  }
  return Object.fromEntries(Object.entries(found).map(([table, verbs]) => [table, verbs.join(' ')]))
}

/** `S U(a)` for `SU(a)`: a space between the verbs. */
const spaced = (verbs: string) => (verbs.includes('(') ? verbs : [...verbs].join(' '))

describe('a database role', () => {
  let database: TestDatabase
  const clients = new Map<Role, pg.Client>()
  beforeAll(async () => {
    database = await createDatabase({ template: 'mediasdb' })
    for (const role of roles) {
      const client = new pg.Client({ connectionString: logInAs(role, database.url) })
      await client.connect()
      clients.set(role, client)
    }
  })
  afterAll(async () => {
    await Promise.all([...clients.values()].map((client) => client.end()))
    await database?.drop()
  })

  /** Logged in as a role. @returns `done`, or the error code of PostgreSQL */
  const outcomeOf = async (role: Role, statement: string, values: unknown[] = []): Promise<string> => {
    const client = clients.get(role)
    if (!client) throw new Error(`${role} is not logged in`)
    await client.query('BEGIN')
    try {
      await client.query(statement, values)
      return 'done'
    } catch (error) {
      return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)
    } finally {
      await client.query('ROLLBACK')
    }
  }

  it.each(roles)('When it is %s, then it has exactly the rights of the list, for every table', async (role) => {
    const expected = Object.fromEntries(Object.entries(rights).map(([table, verbs]) => [table, spaced(verbs[role])]))
    expect(await readRights(database.url, role)).toEqual(expected)
  })

  it.each(roles)('When it is %s, then it can read a table exactly if it uses the table', async (role) => {
    for (const [table, verbs] of Object.entries(rights)) {
      const canRead = verbs[role].startsWith('S') && !verbs[role].startsWith('S(')
      expect([table, await outcomeOf(role, `SELECT * FROM "${table}"`)]).toEqual([table, canRead ? 'done' : REFUSED])
    }
  })

  it.each(roles)('When it is %s, then it is no superuser and owns nothing', async (role) => {
    const [attributes] = await runStatement(
      database.url,
      `SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,
              EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid
                        AND deptype = 'o' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS owns,
              EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid) AS "isMember"
       FROM pg_roles r WHERE rolname = $1`,
      [role],
    )
    expect(attributes).toEqual({
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolreplication: false,
      rolbypassrls: false,
      owns: false,
      isMember: false,
    })
  })

  it.each(roles)(
    'When it is %s, then PostgreSQL refuses everything that the owner or a superuser can do',
    async (role) => {
      for (const statement of [
        `COPY (SELECT 1) TO PROGRAM 'cat'`,
        `COPY (SELECT 1) TO '/tmp/likeness-role'`,
        'CREATE TABLE mine (id int)',
        'CREATE VIEW mine AS SELECT 1 AS one',
        'CREATE SCHEMA mine',
        `CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
        'CREATE TRIGGER mine BEFORE INSERT ON event EXECUTE FUNCTION notify_event()',
        'CREATE ROLE mine',
        'CREATE EXTENSION dblink',
        'SELECT * FROM pg_authid',
        'SELECT * FROM pg_shadow',
        `SELECT pg_read_file('/etc/hostname')`,
        `SELECT pg_ls_dir('.')`,
        'SET ROLE likeness',
        'SET SESSION AUTHORIZATION likeness',
        `ALTER ROLE ${role} SUPERUSER`,
        'TRUNCATE event',
        'ALTER TABLE media ADD COLUMN mine int',
        'DROP TABLE media',
      ]) {
        expect([statement, await outcomeOf(role, statement)]).toEqual([statement, REFUSED])
      }
    },
  )

  it('When a worker changes what a render does not change, then PostgreSQL refuses it', async () => {
    for (const statement of [
      `UPDATE media SET owner_id = gen_random_uuid()`,
      `UPDATE media SET visibility = 'public'`,
      `UPDATE media SET trashed_at = now()`,
      'UPDATE media_version SET blob_id = gen_random_uuid()',
      'UPDATE media_version SET media_id = gen_random_uuid()',
      `UPDATE blob SET store_key = 'originals/00/other'`,
      'DELETE FROM media',
      'DELETE FROM media_version',
      'DELETE FROM blob',
      'DELETE FROM event',
      'UPDATE fleet SET paused = true',
      'SELECT title FROM media',
      'SELECT owner_id FROM media',
      'SELECT filename FROM media',
    ]) {
      expect([statement, await outcomeOf('media_worker', statement)]).toEqual([statement, REFUSED])
    }
  })

  it.each(roles)('When it is %s, then it can listen, notify and take advisory locks', async (role) => {
    for (const statement of [
      'LISTEN fleet',
      `NOTIFY fleet`,
      'SELECT pg_advisory_xact_lock(1)',
      'SELECT pg_try_advisory_lock(2)',
    ]) {
      expect([statement, await outcomeOf(role, statement)]).toEqual([statement, 'done'])
    }
  })
})
