import { readdir } from 'node:fs/promises'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  expectRevokedWithin5s,
  logInAdministrator,
  makeCameraPicture,
  readMetrics,
  registerSomebody,
  runCommandOf,
  runStatement,
  send,
  settled,
  startSystem,
  upload,
  type Person,
  type System,
} from '@likeness/test-kit'

describe('When users are deleted', () => {
  let system: System
  let admin: Person

  const main = (method: string, path: string, { accessToken }: Person, body?: unknown) =>
    send(method, `${system.mainUrl}/api/v1${path}`, { token: accessToken, body })
  const medias = (method: string, path: string, { accessToken }: Person) =>
    send(method, `${system.mediasUrl}/api/v1${path}`, { token: accessToken })
  const logIn = ({ email, password }: Person) =>
    send('POST', `${system.authUrl}/api/v1/auth/login`, { body: { email, password } })
  const remove = async (person: Person) => expect((await main('DELETE', `/users/${person.id}`, admin)).status).toBe(204)

  /** A new user with pictures that are ready. */
  async function registerWithPictures(name: string, hues: number[]): Promise<{ person: Person; ids: string[] }> {
    const person = await registerSomebody(system, name)
    const ids: string[] = []
    for (const hue of hues) {
      const { bytes } = await makeCameraPicture({ width: 300, height: 200, hue })
      const { body } = await upload(system, person.accessToken, { bytes, name: `${name}-${hue}.jpg` })
      await settled(system, person.accessToken, body.id)
      ids.push(body.id)
    }
    return { person, ids }
  }

  const isTrashed = async (id: string) => {
    const { status, body } = await medias('GET', `/media/${id}`, admin)
    return status === 200 ? body.trashedAt !== null : 'gone'
  }
  const become = (ids: string[], what: (boolean | 'gone')[], limitMs = 60_000) =>
    eventually(async () => expect(await Promise.all(ids.map(isTrashed))).toEqual(what), { limitMs })

  async function owedToMedias(): Promise<number> {
    const metrics = await readMetrics(system.mainUrl)
    return Number(/^likeness_outbox_waiting\{kind="owner-state".*\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
  }

  /** Ends leases, which last 30 s after their process died, and pauses after many failures, which last minutes. */
  const letLeasesEnd = () => runStatement(system.mainDbUrl, 'UPDATE outbox SET due_at = now()')

  const erase = (...options: string[]) =>
    runCommandOf('users:erase', options, {
      MAINDB_URL: system.mainDbUrl,
      AUTH_SERVICE_URL: system.authUrl,
      MEDIAS_SERVICE_URL: system.mediasUrl,
    })

  const filesInStore = async () =>
    (await readdir(system.storeFolder, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile() && entry.name !== 'heartbeat',
    ).length

  beforeAll(async () => {
    system = await startSystem()
    admin = await logInAdministrator(system)
  })
  afterAll(() => system?.stop())

  it('then their sessions end, their media go to the trash, and a restoration brings both the user and the media back', async () => {
    const { person, ids } = await registerWithPictures('Ada', [10, 20, 30])
    await medias('DELETE', `/media/${ids[0]}`, person)

    await remove(person)

    await expectRevokedWithin5s(system, [person.id])
    expect((await medias('GET', '/media', person)).status).toBe(401)
    expect((await logIn(person)).body.code).toBe('invalid-credentials')
    await become(ids, [true, true, true])

    const restored = await main('POST', `/users/${person.id}/restore`, admin)
    expect(restored.body).toMatchObject({ id: person.id, status: 'active', roles: ['user'] })
    // Media that the user had moved to the trash stay there.
    await become(ids, [true, false, false])
    expect((await logIn(person)).status).toBe(200)
  })

  it('then their media go to the trash even if maindb was restored from a backup and has older revisions', async () => {
    const { person, ids } = await registerWithPictures('Edith', [40])
    await runStatement(
      system.mediasDbUrl,
      `INSERT INTO media_owner (owner_id, state, revision) VALUES ('${person.id}', 'active', 5000)`,
    )

    await remove(person)
    await become(ids, [true])
    expect((await main('POST', `/users/${person.id}/restore`, admin)).status).toBe(200)
    await become(ids, [false])
    await eventually(async () => expect(await owedToMedias()).toBe(0), { limitMs: 60_000 })
  })

  it('then the deletion is delivered later if medias-service is unavailable and main-service is killed', async () => {
    const { person, ids } = await registerWithPictures('Grace', [40])
    await system.medias.kill()

    await remove(person)

    await eventually(async () => expect(await owedToMedias()).toBe(1), { limitMs: 60_000 })
    await system.main.kill()
    await system.restart('main-service')
    expect(await owedToMedias()).toBe(1)
    await system.restart('medias-service')
    await letLeasesEnd()
    await become(ids, [true])
    await eventually(async () => expect(await owedToMedias()).toBe(0), { limitMs: 60_000 })
  })

  it('then the command erases them and their files while the service runs, and leaves other users unchanged', async () => {
    const files = await filesInStore()
    const { person, ids } = await registerWithPictures('Joan', [50, 60])
    const { ids: others } = await registerWithPictures('Mary', [70])

    const tooEarly = await erase('--user', person.id)
    await remove(person)
    const { code, output } = await erase('--user', person.id)

    expect([tooEarly.code, tooEarly.output]).toEqual([1, expect.stringContaining('is not deleted')])
    expect([code, output]).toEqual([0, `${person.id}  erased\nErased: 1.\n`])
    await become([...ids, ...others], ['gone', 'gone', false])
    expect((await main('POST', `/users/${person.id}/restore`, admin)).status).toBe(404)
    const again = await erase('--user', person.id)
    expect([again.code, again.output]).toEqual([1, expect.stringContaining('No user has the id')])
    // Only the third picture is left: its original and its ten sizes.
    await eventually(async () => expect((await filesInStore()) - files).toBeLessThanOrEqual(11), { limitMs: 60_000 })
    const trail = await runStatement(
      system.mainDbUrl,
      'SELECT before, after, address FROM audit WHERE target_id = $1',
      [person.id],
    )
    expect(JSON.stringify(trail)).not.toContain('Joan')
    expect((await logIn(person)).body.code).toBe('invalid-credentials')
  })

  it('then main-service erases them after the retention period, and continues after it was killed', async () => {
    const { person, ids } = await registerWithPictures('Ruth', [80])
    await remove(person)
    await become(ids, [true])
    await runStatement(system.mainDbUrl, `UPDATE users SET deleted_at = now() - interval '31 days' WHERE id = $1`, [
      person.id,
    ])
    await system.medias.kill()
    await system.main.kill()

    await system.restart('main-service')
    const state = () => runStatement(system.mainDbUrl, 'SELECT erasing_at FROM users WHERE id = $1', [person.id])
    await eventually(async () => expect(await state()).toEqual([{ erasing_at: expect.any(Date) }]), { limitMs: 60_000 })
    expect((await main('POST', `/users/${person.id}/restore`, admin)).status).toBe(404)
    await system.main.kill()
    await system.restart('main-service')
    await system.restart('medias-service')
    await letLeasesEnd()

    await eventually(async () => expect(await state()).toEqual([]), { limitMs: 60_000 })
    await become(ids, ['gone'])
    expect(await owedToMedias()).toBe(0)
  })
})
