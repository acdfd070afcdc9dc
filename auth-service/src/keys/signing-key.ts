import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { VerificationKeys } from '@likeness/service-kit/identity'
import { problems, type Logger } from '@likeness/service-kit/process'

export interface SigningKey {
  /** The key's thumbprint (RFC 7638), so that every replica uses the same id. */
  kid: string
  privateKey: KeyObject
  /** The public half as published. */
  jwk: object
  verificationKeys: VerificationKeys
}

/** Loads the configured key. In development without one, creates a key on the first start and reuses it afterwards. */
export async function loadSigningKey(
  { SIGNING_KEY, KEYS_DIR }: { SIGNING_KEY?: string | undefined; KEYS_DIR: string },
  logger: Logger,
): Promise<SigningKey> {
  return asSigningKey(SIGNING_KEY ?? (await findOrCreateKey(KEYS_DIR, logger)))
}

/** @throws when the PEM is not a P-256 private key. */
function asSigningKey(pem: string): SigningKey {
  const privateKey = createPrivateKey(pem)
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error('SIGNING_KEY must be a private key on the curve P-256 (prime256v1), as ES256 needs')
  }
  const publicKey = createPublicKey(privateKey)
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  return {
    kid,
    privateKey,
    jwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' },
    verificationKeys: {
      async find(wanted) {
        if (wanted !== kid) throw problems.tokenInvalid()
        return publicKey
      },
    },
  }
}

async function findOrCreateKey(folder: string, logger: Logger): Promise<string> {
  const path = join(folder, 'signing-key.pem')
  const found = await readFile(path, 'utf8').catch(() => undefined)
  if (found) return found

  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const draft = join(folder, `${randomUUID()}.tmp`)
  await writeFile(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  // Creating a link is atomic: of two concurrent first starts, one creates the key and both read it.
  await link(draft, path).then(
    () => logger.info({ event: 'signing-key.created', path }),
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  await rm(draft)
  return readFile(path, 'utf8')
}
