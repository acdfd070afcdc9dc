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
  /** The public key in the published format. */
  jwk: Record<'kty' | 'crv' | 'x' | 'y' | 'kid' | 'alg' | 'use', string>
  verificationKeys: VerificationKeys
}

const keyFile = 'signing-key.pem'
const howToCreate = 'Create a key with `openssl ecparam -name prime256v1 -genkey -noout`.'

/** Loads the configured key. If none is configured (development), creates a key on the first start and reuses it. */
export async function loadSigningKey(
  { SIGNING_KEY, KEYS_DIR }: { SIGNING_KEY?: string | undefined; KEYS_DIR: string },
  logger: Logger,
): Promise<SigningKey> {
  if (SIGNING_KEY) return asSigningKey(SIGNING_KEY, 'SIGNING_KEY')
  return asSigningKey(await findOrCreateKey(KEYS_DIR, logger), join(KEYS_DIR, keyFile))
}

/** @throws if the PEM is not a P-256 private key. */
function asSigningKey(pem: string, source: string): SigningKey {
  const privateKey = readPrivateKey(pem, source)
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error(`${source} must contain a private key on the curve P-256 (prime256v1). ${howToCreate}`)
  }
  const publicKey = createPublicKey(privateKey)
  // An elliptic curve key has all of these.
  const { kty = '', crv = '', x = '', y = '' } = publicKey.export({ format: 'jwk' })
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

function readPrivateKey(pem: string, source: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (error) {
    throw new Error(`${source} must contain a private key in PEM format. ${howToCreate}`, { cause: error })
  }
}

async function findOrCreateKey(folder: string, logger: Logger): Promise<string> {
  const path = join(folder, keyFile)
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
