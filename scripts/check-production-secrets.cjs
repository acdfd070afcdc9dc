/**
 * Reports every secret of docker-compose.prod.yml that is missing or not usable, all at once, and exits 1. Nothing else
 * starts before this program exited 0. Plain JavaScript without dependencies, because it runs inside an image.
 */
const { createPrivateKey } = require('node:crypto')

/** These values are used in URLs unchanged: only unreserved characters of RFC 3986 need no encoding there. */
const UNRESERVED = /^[A-Za-z0-9._~-]+$/

const inUrl = (value) => {
  if (!UNRESERVED.test(value)) return 'may only contain letters, digits and . _ ~ - because it becomes a part of a URL'
  return value.length < 12 ? 'must have at least 12 characters' : undefined
}

const secret = (value) => {
  if (/development-secret$/.test(value)) return 'has the development value, which is public'
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
  if (value === 'admin-password-change-me') return 'has the development value, which is public'
  return value.length < 10 || value.length > 128 ? 'must have 10 to 128 characters' : undefined
}

const wanted = {
  SIGNING_KEY: [signingKey, 'the private key with which auth-service signs tokens'],
  REFRESH_KEY: [secret, 'the secret from which auth-service derives refresh tokens'],
  MAIN_SERVICE_CLIENT_SECRET: [secret, 'the secret with which main-service authenticates at auth-service'],
  MEDIAS_SERVICE_CLIENT_SECRET: [secret, 'the secret with which medias-service authenticates at auth-service'],
  MAINDB_PASSWORD: [inUrl, 'the password of the owner of maindb, for migrations'],
  MAINDB_SERVICE_PASSWORD: [inUrl, 'the password of the database role of main-service'],
  MEDIASDB_PASSWORD: [inUrl, 'the password of the owner of mediasdb, for migrations'],
  MEDIASDB_SERVICE_PASSWORD: [inUrl, 'the password of the database role of medias-service'],
  MEDIASDB_WORKER_PASSWORD: [inUrl, 'the password of the database role of the workers'],
  RABBITMQ_PASSWORD: [inUrl, 'the password of the administrator of RabbitMQ, for its setup'],
  RABBITMQ_SERVICE_PASSWORD: [inUrl, 'the password of the RabbitMQ user of medias-service'],
  RABBITMQ_WORKER_PASSWORD: [inUrl, 'the password of the RabbitMQ user of the workers'],
  ADMIN_EMAIL: [email, 'the email address of the first administrator'],
  ADMIN_PASSWORD: [password, 'the password of the first administrator'],
}

const faults = Object.entries(wanted).flatMap(([name, [faultOf, meaning]]) => {
  const value = process.env[name]
  if (!value) return [`${name} is not set: ${meaning}.`]
  const fault = faultOf(value)
  return fault ? [`${name} ${fault}.`] : []
})

if (faults.length > 0) {
  console.error(`Production cannot start:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  console.error(
    'Set them in .env beside docker-compose.prod.yml. `make prod-env` writes that file with random secrets.',
  )
  process.exit(1)
}
