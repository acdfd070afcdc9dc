import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { emailKey } from '@likeness/internal-api'
import { createDatabase, runMigrations, type TestDatabase } from '@likeness/test-kit'
import { verify } from '@node-rs/argon2'

import { openMaindb, type Maindb } from '../src/maindb.ts'
import { roleNameKeys } from '../src/roles/role-name.ts'

let database: TestDatabase
let maindb: Maindb

beforeAll(async () => {
  database = await createDatabase({ template: 'maindb' })
  maindb = openMaindb({ url: database.url, applicationName: 'test', poolSize: 1 })
})
afterAll(async () => {
  await maindb?.close()
  await database?.drop()
})

const everything = () =>
  maindb.rows(`
    SELECT r.id, r.name, p.name AS permission FROM roles r JOIN role_permissions rp ON rp.role_id = r.id
    JOIN permissions p ON p.id = rp.permission_id
    UNION ALL SELECT id, email, password_hash FROM users ORDER BY 1, 2, 3`)

const sequelizeCli = join(
  dirname(createRequire(import.meta.url).resolve('sequelize-cli/package.json')),
  'lib/sequelize',
)

async function seed(variables: Record<string, string>): Promise<{ code: number; output: string }> {
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const env = { MAINDB_URL: database.url, ...variables }
  return promisify(execFile)(process.execPath, [sequelizeCli, 'db:seed:all'], { cwd, env }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, output: stdout + stderr }),
  )
}

it('When the first administrator is created, then the audit trail records it', async () => {
  expect(await maindb.rows('SELECT action, actor_type, actor_id, "after"->>\'email\' AS email FROM audit')).toEqual([
    { action: 'user.created', actor_type: 'system', actor_id: 'seeds', email: 'admin@example.com' },
  ])
})

it('When seeders run again, then nothing is created twice, and the changes of operators remain', async () => {
  await maindb.rows(`
    DELETE FROM role_permissions USING roles, permissions
    WHERE role_id = roles.id AND permission_id = permissions.id AND roles.name = 'user' AND permissions.name = 'tags:create'`)
  const before = await everything()

  await runMigrations('maindb', 'seed', database.url)

  expect(await everything()).toEqual(before)
})

it('When a new release seeds a role whose name, or a similar one, is taken, then only the existing role remains', async () => {
  const roles = () => maindb.rows(`SELECT name, seeded FROM roles WHERE lower(name) = 'viewer'`)
  for (const name of ['viewer', 'Viewer']) {
    await maindb.rows(`DELETE FROM roles WHERE lower(name) = 'viewer'`)
    await maindb.rows('INSERT INTO roles (id, name) VALUES (gen_random_uuid(), :name)', { name })
    await maindb.rows(
      `INSERT INTO role_name_key (key, role_id) SELECT unnest(:keys::text[]), id FROM roles WHERE name = :name`,
      { name, keys: roleNameKeys(name) },
    )

    await runMigrations('maindb', 'seed', database.url)

    expect(await roles()).toEqual([{ name, seeded: false }])
  }
  await maindb.rows(`DELETE FROM roles WHERE lower(name) = 'viewer'`)
  await runMigrations('maindb', 'seed', database.url)
  expect(await roles()).toEqual([{ name: 'viewer', seeded: true }])
})

it('When roles have no keys of their names, then they get the keys that new roles get, seeded roles first', async () => {
  const names = ['Admin', 'ＲＥ\u0301dacteur', 'AI \u00AD', 'ΤΟΡ', 'сор', 'ŉ', 'ﬁlm', 'Straße', 'İstanbul']
  for (const name of names)
    await maindb.rows('INSERT INTO roles (id, name) VALUES (gen_random_uuid(), :name)', { name })

  await runMigrations('maindb', 'seed', database.url)

  const keysOf = async (name: string) =>
    (
      await maindb.rows<{ key: string }>(
        'SELECT k.key FROM role_name_key k JOIN roles r ON r.id = k.role_id WHERE r.name = :name',
        { name },
      )
    ).map(({ key }) => key)
  for (const name of ['admin', ...names.slice(1)]) {
    expect((await keysOf(name)).toSorted()).toEqual(roleNameKeys(name).toSorted())
  }
  expect(await keysOf('Admin')).toEqual(roleNameKeys('Admin').filter((key) => key.startsWith('written:')))
})

it('When ADMIN_EMAIL or ADMIN_PASSWORD is missing or a development value in production, then the error says so', async () => {
  const none = await seed({ NODE_ENV: 'production' })
  const known = await seed({
    NODE_ENV: 'production',
    ADMIN_EMAIL: 'boss@example.com',
    ADMIN_PASSWORD: 'admin-password-change-me',
  })

  expect(none.code).not.toBe(0)
  expect(none.output).toContain('ADMIN_EMAIL and ADMIN_PASSWORD must both be set')
  expect(known.code).not.toBe(0)
  expect(known.output).toContain('ADMIN_PASSWORD has its development value')
})

it("When the first administrator's address is not ASCII, then its key is the one that logins use", async () => {
  const fresh = await createDatabase({ template: 'maindb' })
  const sql = openMaindb({ url: fresh.url, applicationName: 'test', poolSize: 1 })
  for (const ADMIN_EMAIL of [' Jürg@MÜNCHEN.example', 'ＪＵ\u0308ＲＧ@xn--mnchen-3ya.example', 'ΣΟΦΟΣ@example.com']) {
    await sql.rows('DELETE FROM users')

    const { code } = await seed({ MAINDB_URL: fresh.url, ADMIN_EMAIL })

    const made = await sql.rows('SELECT email_key FROM users')
    expect([code, made]).toEqual([0, [{ email_key: emailKey(ADMIN_EMAIL) }]])
  }
  await sql.close()
  await fresh.drop()
})

it('When the first administrator’s password is decomposed, then its normalised form is checked and hashed', async () => {
  const fresh = await createDatabase({ template: 'maindb' })
  const sql = openMaindb({ url: fresh.url, applicationName: 'test', poolSize: 1 })
  await sql.rows('DELETE FROM users')
  const password = 'caf\u00E9 \u00E5 la cr\u00E8me'
  const seedWith = (ADMIN_PASSWORD: string, more = {}) => seed({ MAINDB_URL: fresh.url, ADMIN_PASSWORD, ...more })

  expect((await seedWith('\u00E9'.repeat(9).normalize('NFD'))).output).toContain('must have 10 to 128 characters')
  const known = { NODE_ENV: 'production', ADMIN_EMAIL: 'boss@example.com' }
  expect((await seedWith('ａdmin-password-change-me', known)).output).toContain('has its development value')
  expect((await seedWith(password.normalize('NFD'))).code).toBe(0)

  const made = await sql.row<{ hash: string }>('SELECT password_hash AS hash FROM users')
  expect(await verify(made?.hash ?? '', password)).toBe(true)
  await sql.close()
  await fresh.drop()
})

it('When a user has * from a custom role, then the seeders create no second administrator', async () => {
  await maindb.rows(`
    WITH root AS (INSERT INTO roles (id, name) VALUES (gen_random_uuid(), 'root') RETURNING id),
      all_of_it AS (
        INSERT INTO role_permissions SELECT root.id, permissions.id FROM root, permissions WHERE permissions.name = '*'
      ), heir AS (
        INSERT INTO users (id, email, email_key, name, status)
        VALUES (gen_random_uuid(), 'heir@example.com', 'heir@example.com', 'Heir', 'active') RETURNING id
      )
    INSERT INTO user_roles (user_id, role_id) SELECT heir.id, root.id FROM heir, root`)
  await maindb.rows(`UPDATE users SET deleted_at = now() WHERE email = 'admin@example.com'`)

  await runMigrations('maindb', 'seed', database.url)

  expect(await maindb.rows('SELECT email FROM users WHERE deleted_at IS NULL')).toEqual([{ email: 'heir@example.com' }])
})
