/**
 * Runs commands of sequelize-cli one after another in the current folder. A session lock in the database makes concurrent
 * migrations wait. It is plain JavaScript, because the images have neither psql nor a TypeScript loader.
 */
const { spawn } = require('node:child_process')
const { createRequire } = require('node:module')
const { dirname, join } = require('node:path')
const { setTimeout: pause } = require('node:timers/promises')

const { DATABASE_NAME: name, DATABASE_URL: url } = process.env
const commands = process.argv.slice(2)
const variable = name === 'maindb' ? 'MAINDB_URL' : 'MEDIASDB_URL'
const requireHere = createRequire(join(process.cwd(), 'package.json'))
const { Client } = requireHere('pg')
const sequelizeCli = join(dirname(requireHere.resolve('sequelize-cli/package.json')), 'lib', 'sequelize')

const limitMs = 60_000
/** Error codes for which waiting does not help: wrong password, no permission, no such database. */
const permanentErrors = new Set(['28P01', '28000', '3D000'])

async function connectWhenReady() {
  const { host } = new URL(url)
  const end = Date.now() + limitMs
  let said = false
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, keepAlive: true })
    client.on('error', (error) => {
      console.error(`${name}: the connection that holds the lock was lost (${error.message})`)
      process.exit(1)
    })
    try {
      await client.connect()
      return client
    } catch (error) {
      const reason = error.message || error.code
      if (permanentErrors.has(error.code))
        throw new Error(`${name} at ${host} rejects the connection: ${reason}. Check ${variable}.`)
      if (Date.now() > end)
        throw new Error(`${name} at ${host} did not accept connections within 60 s: ${reason}. Check ${variable}.`)
      if (!said) console.log(`${name}: waiting for ${host} (${variable}) to accept connections, at most 60 s`)
      said = true
      await pause(500)
    }
  }
}

function runSequelize(command) {
  const child = spawn(process.execPath, [sequelizeCli, command], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, [variable]: url },
  })
  const forward = (signal) => child.kill(signal)
  process.on('SIGINT', forward)
  process.on('SIGTERM', forward)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.off('SIGINT', forward)
      process.off('SIGTERM', forward)
      if (code === 0) resolve()
      else reject(new Error(`${name}: ${command} failed (${signal ?? `exit ${code}`})`))
    })
  })
}

/** Creates a superuser without a password, who can log in only inside the database's container, through its socket. */
async function createSuperuser(client, role) {
  const { rows } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])
  if (rows.length === 0) await client.query(`CREATE ROLE ${client.escapeIdentifier(role)} SUPERUSER LOGIN`)
}

async function main() {
  const client = await connectWhenReady()
  // The hash is an otherwise unused number. The lock ends with this session.
  await client.query("SELECT pg_advisory_lock(hashtext('likeness-migrations'))")
  const { SUPERUSER_ROLE: superuser } = process.env
  if (superuser && commands.includes('db:migrate')) await createSuperuser(client, superuser)
  for (const command of commands) await runSequelize(command)
  await client.end()
}

main().catch((error) => {
  console.error(error.message)
  process.exit(1)
})
