import { randomBytes } from 'node:crypto'

import { matching, type Story } from './story.ts'

const password = 'correct horse battery staple'

export async function manageUsers({ call, admin }: Story): Promise<void> {
  const token = admin.accessToken
  const email = `charles-${randomBytes(4).toString('hex')}@example.com`
  const { body: user } = await call('createUser', { token, body: { email, name: 'Charles Babbage', password } })
  const path = { id: user.id }
  await call('listUsers', { token, query: { q: email, count: 'true' } })
  const read = await call('getUser', { token, path })
  await call('updateUser', { token, path, headers: matching(read), body: { name: 'Charles Babbage FRS' } })
  await call('setUserRoles', { token, path, body: { roles: ['user', 'editor'] } })
  await call('revokeRole', { token, path: { ...path, role: 'editor' } })
  await call('grantRole', { token, path: { ...path, role: 'editor' }, body: {} })
  await call('deleteUser', { token, path })
  await call('restoreUser', { token, path })
  const { body: tokens } = await call('login', { body: { email, password } })
  await call('deleteCurrentUser', { token: tokens.accessToken, body: { password } })
}

export async function manageRoles({ call, admin, ada }: Story): Promise<void> {
  const token = admin.accessToken
  const suffix = randomBytes(4).toString('hex')
  const { body: permission } = await call('createPermission', {
    token,
    body: { name: `albums:publish-${suffix}`, description: 'Publish albums' },
  })
  await call('getPermission', { token, path: { id: permission.id } })
  await call('listPermissions', { token, query: { limit: '2' } })
  await call('updatePermission', {
    token,
    path: { id: permission.id },
    body: { description: 'Publish and hide albums' },
  })

  const permissions = ['media:read', 'tags:read']
  const made = await call('createRole', {
    token,
    body: { name: `curator-${suffix}`, description: 'Sees all media', permissions },
  })
  const path = { id: made.body.id }
  await call('getRole', { token, path })
  await call('listRoles', { token, query: { limit: '2' } })
  await call('listRoleUsers', { token, path })
  const renamed = await call('updateRole', {
    token,
    path,
    headers: matching(made),
    body: { description: 'Sees and tags all media' },
  })
  const body = { permissions: [...permissions, 'media:update'] }
  await call('previewRole', { token, body: { role: made.body.name, ...body } })
  await call('setRolePermissions', { token, path, headers: matching(renamed), body })
  await call('explainAccess', { token, query: { user: ada.id, permission: 'media:read', owner: ada.id } })
  await call('deleteRole', { token, path })
  await call('deletePermission', { token, path: { id: permission.id } })
  await call('listAuditEntries', { token, query: { action: 'role.deleted', target: made.body.id } })
}

export async function evaluateFeatures({ call, ada }: Story): Promise<void> {
  await call('listFeatures', { token: ada.accessToken })
  await call('getFeature', { token: ada.accessToken, path: { key: 'media-avif' } })
}
