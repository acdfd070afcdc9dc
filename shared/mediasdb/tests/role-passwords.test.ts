import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startPostgres, type PostgresServer } from '@likeness/local-servers'
import { runMigrations, runStatement } from '@likeness/test-kit'
import pg from 'pg'

describe('the passwords of the database roles', () => {
  // A separate server, because the roles of a server are the same in every database.
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres({ name: 'role-passwords', database: 'mediasdb', port: 'free', durable: false })
  })
  afterAll(() => server?.remove())

  const urlFor = (user: string, password: string) =>
    Object.assign(new URL(server.url), { username: user, password }).href
  const migrate = (passwords: Record<string, string>, url = server.url) =>
    runMigrations('mediasdb', 'up', url, passwords)
  /** @returns `done`, or the error code of PostgreSQL */
  const logIn = (role: string, password: string): Promise<string | undefined> =>
    runStatement(urlFor(role, password), 'SELECT 1').then(
      () => 'done',
      (error: unknown) => (error instanceof pg.DatabaseError ? error.code : String(error)),
    )
  /** PostgreSQL's invalid_password, also for a role that has none. */
  const refused = '28P01'

  it('When an existing database gets them, when they change, and when they are missing, then the roles follow', async () => {
    await migrate({})
    expect(await logIn('medias_service', 'any-password')).toBe(refused)

    await migrate({ MEDIASDB_SERVICE_PASSWORD: 'first-password', MEDIASDB_WORKER_PASSWORD: `it's another` })
    expect(await logIn('medias_service', 'first-password')).toBe('done')
    expect(await logIn('media_worker', `it's another`)).toBe('done')

    await migrate({ MEDIASDB_SERVICE_PASSWORD: 'second-password' })
    expect(await logIn('medias_service', 'first-password')).toBe(refused)
    expect(await logIn('medias_service', 'second-password')).toBe('done')
    expect(await logIn('media_worker', `it's another`)).toBe('done')
  })

  it('When the owner of the database is no superuser, then it can migrate, and switch to the roles', async () => {
    await runStatement(server.adminUrl, 'DROP DATABASE mediasdb')
    for (const role of ['medias_service', 'media_worker']) await runStatement(server.adminUrl, `DROP ROLE ${role}`)
    await runStatement(server.adminUrl, `CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'keeper'`)
    await runStatement(server.adminUrl, 'CREATE DATABASE mediasdb OWNER keeper')
    const url = urlFor('keeper', 'keeper')
    await migrate({ MEDIASDB_WORKER_PASSWORD: 'worker-password' }, url)
    expect(await logIn('media_worker', 'worker-password')).toBe('done')
    // From PostgreSQL 16 on, the creator of a role may not switch to it by default. In production, nobody does.
    const [version] = (await runStatement(url, 'SHOW server_version_num')) as { server_version_num: string }[]
    if (Number(version?.server_version_num) >= 160_000) return
    expect(await runStatement(`${url}?options=-c%20role%3Dmedia_worker`, 'SELECT current_user')).toEqual([
      { current_user: 'media_worker' },
    ])
  })
})
