import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createLogger } from '@likeness/service-kit/process'

import { loadSigningKey } from './signing-key.ts'

const logger = createLogger({ service: 'auth-service', level: 'silent' })
const pemOf = (curve: string) =>
  generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'likeness-keys-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('A configured key', () => {
  it('has its RFC 7638 thumbprint as its name, and nothing is written', async () => {
    const key = await loadSigningKey({ SIGNING_KEY: pemOf('prime256v1'), KEYS_DIR: folder }, logger)

    const { crv, kty, x, y } = key.jwk as Record<string, string>
    const thumbprint = createHash('sha256').update(`{"crv":"${crv}","kty":"${kty}","x":"${x}","y":"${y}"}`)
    expect(key.kid).toBe(thumbprint.digest('base64url'))
    expect(key.jwk).toEqual({ kty: 'EC', crv: 'P-256', x, y, kid: key.kid, alg: 'ES256', use: 'sig' })
    expect(readdirSync(folder)).toEqual([])
  })

  it('publishes the public half only, and verifies what the private half signs', async () => {
    const key = await loadSigningKey({ SIGNING_KEY: pemOf('prime256v1'), KEYS_DIR: folder }, logger)
    const publicKey = await key.verificationKeys.find(key.kid)

    expect(publicKey.type).toBe('public')
    expect(key.jwk).not.toHaveProperty('d')
    const data = Buffer.from('signed')
    expect(verify('sha256', data, publicKey, sign('sha256', data, key.privateKey))).toBe(true)
  })

  it.each([
    ['a key that it is not', 'another'],
    ['no key', undefined],
  ] as const)('is not found where a token names %s', async (_what, kid) => {
    const key = await loadSigningKey({ SIGNING_KEY: pemOf('prime256v1'), KEYS_DIR: folder }, logger)
    await expect(key.verificationKeys.find(kid)).rejects.toMatchObject({ status: 401, code: 'token-invalid' })
  })

  it.each([
    ['of another curve', () => pemOf('secp384r1'), /P-256/],
    ['of RSA', () => rsaKey(), /P-256/],
    ['that is no PEM', () => 'nonsense', /./],
  ])('%s is refused', async (_what, make, message) => {
    await expect(loadSigningKey({ SIGNING_KEY: make(), KEYS_DIR: folder }, logger)).rejects.toThrow(message)
  })
})

describe('A key of development', () => {
  it('is made on the first start, readable by its owner only, and found again on the next', async () => {
    const first = await loadSigningKey({ KEYS_DIR: join(folder, 'keys') }, logger)
    const second = await loadSigningKey({ KEYS_DIR: join(folder, 'keys') }, logger)

    expect(second.kid).toBe(first.kid)
    expect(readdirSync(join(folder, 'keys'))).toEqual(['signing-key.pem'])
    expect(statSync(join(folder, 'keys', 'signing-key.pem')).mode & 0o777).toBe(0o600)
  })

  it('is one, when several start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadSigningKey({ KEYS_DIR: folder }, logger)))
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1)
    expect(readdirSync(folder)).toEqual(['signing-key.pem'])
  })

  it('that cannot be read as a key stops the start', async () => {
    writeFileSync(join(folder, 'signing-key.pem'), 'nonsense')
    await expect(loadSigningKey({ KEYS_DIR: folder }, logger)).rejects.toThrow()
  })
})

function rsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
