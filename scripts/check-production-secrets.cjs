/**
 * Reports everything that docker-compose.prod.yml still needs, all at once, and exits 1. Nothing else starts before
 * this has exited 0. Plain JavaScript without dependencies, because it runs inside an image.
 */
const { createPrivateKey } = require('node:crypto')

/** These values are used in URLs unchanged: only unreserved characters of RFC 3986 need no encoding there. */
const UNRESERVED = /^[A-Za-z0-9._~-]+$/

const inUrl = (value) => {
  if (!UNRESERVED.test(value)) return 'may have only letters, digits and . _ ~ - (it becomes a part of a URL)'
  return value.length < 12 ? 'must have at least 12 characters' : undefined
}

const secret = (value) => {
  if (/development-secret$/.test(value)) return 'has its development value, which everybody knows'
  return value.length < 16 ? 'must have at least 16 characters' : undefined
}

const signingKey = (value) => {
  try {
    const key = createPrivateKey(value.replaceAll('\\n', '\n'))
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return undefined
  } catch {
    // Report only these faults.
  }
  return 'must be a P-256 private key in PEM, in one line with \\n for its line breaks'
}

const email = (value) => (/^[^\s@]+@[^\s@]+$/.test(value) ? undefined : 'must be an email address')

const password = (value) => {
  if (value === 'admin-password-change-me') return 'has its development value, which everybody knows'
  return value.length < 10 || value.length > 128 ? 'must have 10 to 128 characters' : undefined
}

const wanted = {
  SIGNING_KEY: [signingKey, 'the key that auth-service signs tokens with'],
  REFRESH_KEY: [secret, 'what auth-service makes refresh tokens with'],
  MAIN_SERVICE_CLIENT_SECRET: [secret, 'what main-service shows to auth-service'],
  MEDIAS_SERVICE_CLIENT_SECRET: [secret, 'what medias-service shows to auth-service'],
  MAINDB_PASSWORD: [inUrl, "the password of maindb's owner, for migrations"],
  MAINDB_SERVICE_PASSWORD: [inUrl, 'the password of main-service at maindb'],
  MEDIASDB_PASSWORD: [inUrl, 'the password of mediasdb'],
  RABBITMQ_PASSWORD: [inUrl, 'the password of RabbitMQ'],
  ADMIN_EMAIL: [email, 'the first administrator'],
  ADMIN_PASSWORD: [password, "the first administrator's password"],
}

const faults = Object.entries(wanted).flatMap(([name, [faultOf, meaning]]) => {
  const value = process.env[name]
  if (!value) return [`${name} is not set: ${meaning}.`]
  const fault = faultOf(value)
  return fault ? [`${name} ${fault}.`] : []
})

if (faults.length > 0) {
  console.error(`Production cannot start:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  console.error('Set them in .env beside docker-compose.prod.yml; `make prod-env` writes one with random secrets.')
  process.exit(1)
}
