import { randomBytes } from 'node:crypto'

import { eventually, readMails, tokenIn, type Person, type System } from '@likeness/test-kit'

import type { Recorder } from './recorder.ts'
import type { Story } from './story.ts'

const password = 'correct horse battery staple'
const addressOf = (name: string) => `${name}-${randomBytes(4).toString('hex')}@example.com`

/** Ada registers, logs in on a second device, and logs that device out. */
export async function registerAda(call: Recorder['call']): Promise<Person> {
  const email = addressOf('ada')
  await call('register', { body: { email, password, name: 'Ada Lovelace' } })
  const { body: tokens } = await call('login', { body: { email, password } })
  const { body: renewed } = await call('refreshTokens', { body: { refreshToken: tokens.refreshToken } })
  return { id: renewed.user.id, email, password, accessToken: renewed.accessToken, refreshToken: renewed.refreshToken }
}

export async function manageSessions({ call, ada }: Story): Promise<void> {
  await call('login', { body: { email: ada.email, password } })
  const { body: sessions } = await call('listSessions', { token: ada.accessToken })
  const ended = sessions.data.find((session: { current: boolean }) => !session.current)
  await call('endSession', { token: ada.accessToken, path: { id: ended.id } })
  await call('getTokenClaims', { token: ada.accessToken })
}

/** The sessions of Ada end, so this comes after everything that Ada does. */
export async function logOut({ call, ada }: Story): Promise<void> {
  const credentials = { email: ada.email, password: 'an even longer password' }
  const passwords = { currentPassword: password, newPassword: credentials.password }
  await call('changePassword', { token: ada.accessToken, body: passwords })
  const { body: tokens } = await call('login', { body: credentials })
  await call('logout', { token: tokens.accessToken })
  const { body: others } = await call('login', { body: credentials })
  await call('logoutAll', { token: others.accessToken })
}

export async function inviteGrace({ call, admin, system }: Story): Promise<void> {
  const token = admin.accessToken
  const email = addressOf('grace')
  const { body: invitation } = await call('createInvitation', { token, body: { email, roles: ['editor'] } })
  await call('getInvitation', { token, path: { id: invitation.id } })
  await call('listInvitations', { token, query: { status: 'pending', limit: '2' } })
  const mailed = await mailedToken(system, email)
  await call('acceptInvitation', { body: { token: mailed, password, name: 'Grace Hopper' } })
  const { body: second } = await call('createInvitation', { token, body: { email: addressOf('alan') } })
  await call('revokeInvitation', { token, path: { id: second.id } })
}

async function mailedToken({ mailFolder }: System, address: string): Promise<string> {
  return eventually(async () => tokenIn((await readMails(mailFolder, address))[0]), {
    limitMs: 60_000,
  })
}

/** Keys for scripts, and the tokens that a script gets for its key. */
export async function useApiKeys({ call, ada }: Story): Promise<void> {
  const token = ada.accessToken
  const { body: made } = await call('createApiKey', {
    token,
    body: { name: 'Nightly import', permissions: ['media:create', 'media:read:own'] },
  })
  await call('getApiKey', { token, path: { id: made.id } })
  await call('listApiKeys', { token })
  await call('createToken', {
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: made.id, client_secret: made.key }),
  })
  await call('revokeApiKey', { token, path: { id: made.id } })
  await call('getPublicKeys')
  await call('getServerMetadata')
}
