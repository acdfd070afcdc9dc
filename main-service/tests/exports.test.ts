import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findFreePort } from '@likeness/local-servers'
import { unzip, type Json, type UnzippedFile } from '@likeness/test-kit'
import type { Response } from 'supertest'
import { uuidv7 } from 'uuidv7'

import { recordChange } from '../src/audit/record-change.ts'
import { startMain, tokenHash, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  // medias-service and auth-service are unavailable in this file. tests/export.test.ts tests exports with them.
  const nobody = `http://127.0.0.1:${await findFreePort()}`
  main = await startMain({ MEDIAS_SERVICE_URL: nobody, AUTH_SERVICE_URL: nobody })
  admin = await main.logInAdministrator()
  ofUsers = await permissionsOf('user')
})
afterAll(() => main?.stop())

/** Every permission of the role `user`. */
let ofUsers: string[]
/** A caller who can read users, but not their media, and has every permission of the role `user`. */
const reader = (...more: string[]) => main.withPermissions('users:read', ...ofUsers, ...more)
const permissionsOf = async (role: string): Promise<string[]> =>
  (await admin.get('/roles')).body.data.find(({ name }: Json) => name === role).permissions
const exportOf = (client: Client, userId: string) => client.get(`/users/${userId}/export`)
const download = (client: Client, userId: string) => client.download(`/users/${userId}/export`)
const filesOf = async ({ body }: Response): Promise<Map<string, UnzippedFile>> => unzip(body as Buffer)
const textOf = (files: Map<string, UnzippedFile>, path: string) => files.get(path)?.bytes.toString() ?? ''
const linesOf = (files: Map<string, UnzippedFile>): Json[] =>
  textOf(files, 'audit.jsonl')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
const exportsOf = async (userId: string): Promise<number> =>
  (
    await main.context.maindb.rows(`SELECT FROM audit WHERE action = 'user.exported' AND target_id = :userId`, {
      userId,
    })
  ).length

describe('the content of an export', () => {
  it('When a user has every kind of data, then the export contains all of it, and no hash', async () => {
    const { maindb } = main.context
    const { id, email } = await main.register('Ada Held')
    const me = await main.logIn(id)
    await me.send('patch', '/users/me', { locale: 'de-CH', profile: { city: 'Zürich' } })
    await admin.send('post', '/roles', { name: 'tagger', permissions: ['tags:*'] })
    await admin.send('post', `/users/${id}/roles/tagger`, { expiresAt: '2099-01-01T00:00:00.000Z' })
    const [keyHash, invitationHash] = [tokenHash(), tokenHash()]
    await maindb.rows(`UPDATE users SET password_hash = 'a secret hash' WHERE id = :id`, {
      id,
    })
    await maindb.rows(
      `INSERT INTO api_key (id, user_id, name, key_hash, hint, permissions, revoked_at)
       VALUES (:keyId, :id, 'Camera', :keyHash, 'wxyz', '{media:create}', now())`,
      { keyId: uuidv7(), id, keyHash },
    )
    await maindb.rows(
      `INSERT INTO invitation (id, user_id, invited_by, token_hash, expires_at)
       VALUES (:invitationId, :id, :adminId, :invitationHash, now())`,
      { invitationId: uuidv7(), id, adminId: admin.id, invitationHash },
    )
    await maindb.rows(`INSERT INTO feature_bucket (user_id, experiment, variation) VALUES (:id, 'colour__0', 'red')`, {
      id,
    })

    const answer = await download(reader('tags:*'), id)
    const files = await filesOf(answer)

    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename=likeness-export-${id}.zip`,
      'cache-control': 'no-store',
    })
    expect([...files.keys()]).toEqual(['person.json', 'audit.jsonl', 'README.txt'])
    expect(textOf(files, 'README.txt')).toMatch(/contains no media/)
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(JSON.parse(textOf(files, 'person.json'))).toEqual({
      user: (await admin.get(`/users/${id}`)).body,
      roles: [
        { name: 'tagger', givenAt: time, expiresAt: '2099-01-01T00:00:00.000Z' },
        { name: 'user', givenAt: time, expiresAt: null },
      ],
      invitation: { id: expect.any(String), sentAt: null, expiresAt: time, failedReason: null, createdAt: time },
      experiments: [{ experiment: 'colour__0', variation: 'red', createdAt: time }],
      sessions: [
        {
          id: expect.any(String),
          device: 'a test',
          address: '127.0.0.1',
          createdAt: time,
          lastUsedAt: time,
          expiresAt: time,
          endedAt: null,
          endedReason: null,
        },
      ],
      apiKeys: [
        {
          id: expect.any(String),
          name: 'Camera',
          permissions: ['media:create'],
          hint: 'wxyz',
          expiresAt: null,
          lastUsedAt: null,
          createdAt: time,
          revokedAt: time,
        },
      ],
    })
    const all = [...files.values()].map(({ bytes }) => bytes.toString()).join()
    expect(all).toContain(email)
    expect(all).toContain('Zürich')
    const refreshHash = await maindb.row<{ hash: string }>(
      `SELECT token_hash AS hash FROM refresh_token r JOIN sessions s ON s.id = r.session_id WHERE s.user_id = :id`,
      { id },
    )
    for (const hash of [keyHash, invitationHash, 'a secret hash', refreshHash?.hash]) expect(all).not.toContain(hash)
  })

  it('When entries involve other users, then the export contains only the ids of the others', async () => {
    const [ada, eve] = [await main.register('Ada Lined'), await main.register('Eve Lined')]
    const me = await main.logIn(ada.id)
    await me.send('patch', '/users/me', { locale: 'fr' })
    await admin.send('patch', `/users/${ada.id}`, { name: 'Ada Changed' })
    await admin.send('patch', `/users/${eve.id}`, { name: 'Eve Changed' })
    await recordChange(main.context.maindb, 'user.updated', {
      actor: { type: 'user', id: ada.id },
      target: { type: 'user', id: eve.id },
      before: { name: 'Eve Changed' },
      after: { name: 'Eve by Ada' },
    })

    const files = await filesOf(await download(reader(), ada.id))

    const lines = linesOf(files)
    expect(lines.map(({ action, actor }) => [action, actor.id === ada.id])).toEqual([
      ['user.registered', true],
      ['session.opened', true],
      ['user.updated', true],
      ['user.updated', false],
      ['user.updated', true],
      ['user.exported', false],
    ])
    expect(lines[1]).toMatchObject({ target: { type: 'session' }, after: { device: 'a test' } })
    expect(lines[2]).toMatchObject({ after: { locale: 'fr' }, address: expect.stringContaining('127.0.0.1') })
    expect(lines[3]).toMatchObject({
      actor: { type: 'user', id: admin.id },
      target: { type: 'user', id: ada.id },
      before: { name: 'Ada Lined' },
      after: { name: 'Ada Changed' },
      address: null,
      userAgent: null,
    })
    expect(lines[4]).toMatchObject({ target: { type: 'user', id: eve.id }, before: null, after: null })
    expect(textOf(files, 'audit.jsonl')).not.toContain('Eve')
  })

  it('When there are more entries and sessions than in a batch, then the export contains each of them once, in order', async () => {
    const { id } = await main.register('Ada Long')
    await main.context.maindb.rows(
      `INSERT INTO audit (id, actor_type, actor_id, action, target_type, target_id, request_id)
       SELECT gen_random_uuid(), 'user', :id, 'user.updated', 'user', :id, n
       FROM generate_series(1, 1700) AS n`,
      { id },
    )
    await main.context.maindb.rows(
      `INSERT INTO sessions (id, user_id, device, expires_at, ended_at, ended_reason)
       SELECT gen_random_uuid(), :id, n, now(), now(), 'logout' FROM generate_series(1, 1000) AS n`,
      { id },
    )

    const files = await filesOf(await download(reader(), id))

    const lines = linesOf(files).filter(({ action }) => action === 'user.updated')
    expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(1700)
    expect(lines).toHaveLength(1700)
    expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).toSorted())
    const { sessions } = JSON.parse(textOf(files, 'person.json'))
    expect(sessions).toHaveLength(1000)
    expect(new Set(sessions.map(({ device }: Json) => device)).size).toBe(1000)
  })

  it('When an invited user has no data yet, then the files are valid too', async () => {
    const { body } = await admin.send('post', '/users', { email: 'bare@example.com', name: 'Bare' })

    const files = await filesOf(await download(reader(), body.id))

    expect(JSON.parse(textOf(files, 'person.json'))).toMatchObject({ sessions: [], apiKeys: [], experiments: [] })
  })
})

describe('access to an export', () => {
  it.each([
    ['a caller without a token', () => main.nobody, 401],
    ['a caller without the permission', () => main.withPermissions('media:read'), 403],
    ['a caller with users:read:own', () => main.withPermissions('users:read:own'), 404],
    [
      'a caller with users:read, but without the permissions of the user',
      () => main.withPermissions('users:read'),
      403,
    ],
    ['a caller with users:read and the permissions of the user', () => reader(), 200],
  ])('When %s requests the export of another user, then the status is %s', async (_who, client, status) => {
    const { id } = await main.register(`Asked ${uuidv7()}`)

    expect((await exportOf(client(), id)).status).toBe(status)
    expect(await exportsOf(id)).toBe(status === 200 ? 1 : 0)
  })

  it('When the user has a permission that the caller does not have, then the export is rejected as a change would be', async () => {
    const [boss, editor] = [await main.register('The Boss'), await main.register('The Editor')]
    await admin.send('put', `/users/${boss.id}/roles`, { roles: ['admin'] })
    await admin.send('put', `/users/${editor.id}/roles`, { roles: ['editor', 'user'] })
    const colleague = await main.logIn(editor.id)

    for (const method of ['get', 'head'] as const) {
      const path = `/users/${boss.id}/export`
      const answer = await (method === 'get' ? colleague.get(path) : colleague.send(method, path))
      expect([answer.status, answer.body.code]).toEqual([403, method === 'get' ? 'user-exceeds-own' : undefined])
    }
    expect((await exportOf(reader(), editor.id)).body.detail).toContain('media:*')
    expect((await exportOf(reader('media:*', 'tags:*'), editor.id)).status).toBe(503)
    expect(await exportsOf(boss.id)).toBe(0)
  })

  it('When users or their API keys export their own data, then they need no other permission', async () => {
    const { id } = await main.register('The Owner')
    await admin.send('put', `/users/${id}/roles`, { roles: ['admin'] })

    for (const permission of ['users:read', 'users:read:own']) {
      const key = main.as(id, { permissions: [permission], key: uuidv7(), epoch: 9 })
      expect((await exportOf(key, id)).status).toBe(200)
    }
  })

  it('When the user is deleted or unknown, or the id is invalid, then the status is 404', async () => {
    const { id } = await main.register('Deleted')
    await admin.send('delete', `/users/${id}`)

    for (const asked of [id, uuidv7(), 'nobody', '%00', `${id}%2F..`]) {
      expect((await exportOf(reader(), asked)).status).toBe(404)
    }
    expect(await exportsOf(id)).toBe(0)
  })

  it('When the method is HEAD, then no export is generated or recorded', async () => {
    const { id } = await main.register('Head Only')
    const client = reader()

    const { status, headers } = await client.send('head', `/users/${id}/export`)

    expect([status, headers['content-type']]).toEqual([200, 'application/zip'])
    expect(await exportsOf(id)).toBe(0)
  })
})

describe('When medias-service is unavailable', () => {
  it('then a caller who can read the media gets 503 before the first byte, and no export is recorded', async () => {
    const { id } = await main.register('Away')
    const me = await main.logIn(id)

    for (const client of [me, admin]) {
      const { status, body, headers } = await exportOf(client, id)
      expect([status, headers['content-type'], headers['content-disposition']]).toEqual([
        503,
        'application/problem+json',
        undefined,
      ])
      expect(body.code).toMatch(/-service-unavailable$/)
      expect(headers['retry-after']).toBeDefined()
    }
    expect(await exportsOf(id)).toBe(0)
  })

  it('then a caller with media:read:own gets the export of another user without media, and a README that says so', async () => {
    const { id } = await main.register('Other')

    const answer = await download(reader('media:read:own'), id)

    expect(answer.status).toBe(200)
    expect([...(await filesOf(answer)).keys()]).toEqual(['person.json', 'audit.jsonl', 'README.txt'])
  })
})
