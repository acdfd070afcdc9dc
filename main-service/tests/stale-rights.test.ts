import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  // A revocation reaches the service after a moment. Until then, only the database knows that a token is stale, and the
  // transaction must reject it. On a busy machine, a service that reads revocations could reject it earlier, with another
  // code (`session-ended`).
  main = await startMain({}, { readsRevocations: false })
  admin = await main.logInAdministrator()
  const permissions = ['users:read', 'users:update', 'users:delete', 'roles:read', 'roles:assign', 'roles:write']
  const answer = await admin.send('post', '/roles', { name: 'manager', permissions })
  expect(answer.status).toBe(201)
})
afterAll(() => main?.stop())

let managers = 0

async function makeManager(): Promise<Client> {
  const { id } = await main.register(`Manager ${++managers}`)
  expect((await admin.send('put', `/users/${id}/roles`, { roles: ['user', 'manager'] })).status).toBe(200)
  return main.logIn(id)
}

const refusal = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code]

describe('When rights were revoked after a token was issued', () => {
  it('then a demoted user cannot regain the role with the token', async () => {
    const manager = await makeManager()
    await admin.send('put', `/users/${manager.id}/roles`, { roles: ['user'] })

    expect(refusal(await manager.send('post', `/users/${manager.id}/roles/manager`))).toEqual([401, 'token-stale'])
    expect(refusal(await manager.send('put', `/users/${manager.id}/roles`, { roles: ['manager'] }))).toEqual([
      401,
      'token-stale',
    ])
    expect((await admin.get(`/users/${manager.id}`)).body.roles).toEqual(['user'])
  })

  it('then a suspended user cannot end the suspension with the token', async () => {
    const manager = await makeManager()
    await admin.send('patch', `/users/${manager.id}`, { status: 'suspended' })

    const answer = await manager.send('patch', `/users/${manager.id}`, { status: 'active' })

    expect(refusal(answer)).toEqual([401, 'token-stale'])
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error=/)
    expect((await admin.get(`/users/${manager.id}`)).body.status).toBe('suspended')
  })

  it('then a deleted user cannot restore the account with the token', async () => {
    const manager = await makeManager()
    await admin.send('delete', `/users/${manager.id}`)

    const answer = await manager.send('post', `/users/${manager.id}/restore`)

    expect(refusal(answer)).toEqual([401, 'token-stale'])
    expect((await admin.get(`/users/${manager.id}`)).status).toBe(404)
  })

  it('then a user whose role lost permissions cannot add them again with the token', async () => {
    const manager = await makeManager()
    const [role] = (await admin.get('/roles?limit=200')).body.data.filter(
      ({ name }: { name: string }) => name === 'manager',
    )
    const reduced = { permissions: ['users:read', 'roles:read'] }
    await admin.send('put', `/roles/${role.id}/permissions`, reduced, { 'If-Match': '*' })

    const answer = await manager.send(
      'put',
      `/roles/${role.id}/permissions`,
      { permissions: role.permissions },
      { 'If-Match': '*' },
    )

    expect(refusal(answer)).toEqual([401, 'token-stale'])
    const whole = { permissions: role.permissions }
    await admin.send('put', `/roles/${role.id}/permissions`, whole, { 'If-Match': '*' })
  })

  it('then a user whose grant has expired cannot renew it with the token', async () => {
    const { id } = await main.register('Deputy')
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    expect((await admin.send('post', `/users/${id}/roles/admin`, { expiresAt })).status).toBe(200)
    const deputy = await main.logIn(id)
    await main.endLimitedRoles(id)
    expect((await admin.get(`/users/${id}`)).body.roles).toEqual(['user'])

    expect(refusal(await deputy.send('post', `/users/${id}/roles/admin`))).toEqual([401, 'token-stale'])
    expect(refusal(await deputy.send('post', '/roles', { name: 'heir', permissions: ['*'] }))).toEqual([
      401,
      'token-stale',
    ])
  })

  it('then a new session has the current rights', async () => {
    const manager = await makeManager()
    await admin.send('put', `/users/${manager.id}/roles`, { roles: ['manager', 'user'] })
    await admin.send('post', `/users/${manager.id}/roles/user`, { expiresAt: null })

    const renewed = await main.logIn(manager.id)
    const { id } = await main.register(`Member ${managers}`)
    expect((await renewed.send('patch', `/users/${id}`, { status: 'suspended' })).status).toBe(200)
  })
})
