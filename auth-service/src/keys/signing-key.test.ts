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
  it('has its RFC 7638 thumbprint as its id, and no file is written', async () => {
    const key = await loadSigningKey({ SIGNING_KEY: pemOf('prime256v1'), KEYS_DIR: folder }, logger)

    const { crv, kty, x, y } = key.jwk as Record<string, string>
    const thumbprint = createHash('sha256').update(`{"crv":"${crv}","kty":"${kty}","x":"${x}","y":"${y}"}`)
    expect(key.kid).toBe(thumbprint.digest('base64url'))
    expect(key.jwk).toEqual({ kty: 'EC', crv: 'P-256', x, y, kid: key.kid, alg: 'ES256', use: 'sig' })
    expect(readdirSync(folder)).toEqual([])
  })

  it('publishes only the public key, which verifies signatures of the private key', async () => {
    const key = await loadSigningKey({ SIGNING_KEY: pemOf('prime256v1'), KEYS_DIR: folder }, logger)
    const publicKey = await key.verificationKeys.find(key.kid)

    expect(publicKey.type).toBe('public')
    expect(key.jwk).not.toHaveProperty('d')
    const data = Buffer.from('signed')
    expect(verify('sha256', data, publicKey, sign('sha256', data, key.privateKey))).toBe(true)
  })

  it.each([
    ['of another key', 'another'],
    ['that is missing', undefined],
  ] as const)('is not found by an id %s', async (_what, kid) => {
    const key = await loadSigningKey({ SIGNING_KEY: pemOf('prime256v1'), KEYS_DIR: folder }, logger)
    await expect(key.verificationKeys.find(kid)).rejects.toMatchObject({ status: 401, code: 'token-invalid' })
  })

  it.each([
    ['on another curve', () => pemOf('secp384r1'), /SIGNING_KEY must contain a private key on the curve P-256/],
    ['of RSA', () => rsaKey(), /SIGNING_KEY must contain a private key on the curve P-256/],
    ['that is not PEM', () => 'nonsense', /SIGNING_KEY must contain a private key in PEM format/],
  ])('%s is rejected', async (_what, make, message) => {
    await expect(loadSigningKey({ SIGNING_KEY: make(), KEYS_DIR: folder }, logger)).rejects.toThrow(message)
  })
})

describe('A development key', () => {
  it('is created on the first start, readable only by its owner, and used again on the next start', async () => {
    const first = await loadSigningKey({ KEYS_DIR: join(folder, 'keys') }, logger)
    const second = await loadSigningKey({ KEYS_DIR: join(folder, 'keys') }, logger)

    expect(second.kid).toBe(first.kid)
    expect(readdirSync(join(folder, 'keys'))).toEqual(['signing-key.pem'])
    expect(statSync(join(folder, 'keys', 'signing-key.pem')).mode & 0o777).toBe(0o600)
  })

  it('is the same for several processes that start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadSigningKey({ KEYS_DIR: folder }, logger)))
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1)
    expect(readdirSync(folder)).toEqual(['signing-key.pem'])
  })

  it('that is not a valid key prevents the start', async () => {
    writeFileSync(join(folder, 'signing-key.pem'), 'nonsense')
    await expect(loadSigningKey({ KEYS_DIR: folder }, logger)).rejects.toThrow(
      `${join(folder, 'signing-key.pem')} must contain a private key in PEM format`,
    )
  })
})

function rsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
