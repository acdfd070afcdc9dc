import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { findFreePort, startPostgres } from '@likeness/local-servers'
import { createTokens, runMigrations, startService } from '@likeness/test-kit'
import pg from 'pg'

/** main-service, from its sources, with a private PostgreSQL server and users. */
export interface MainWithUsers {
  /** The URL of main-service. */
  url: string
  pid: number
  databaseUrl: string
  /** The URL of the public key of `token`, and its issuer. */
  keysUrl: string
  issuer: string
  /** A token with `users:read` of one of the users, for an hour. */
  token: string
}

/**
 * Starts main-service with this number of users, each with a role. Their creation times are one second apart.
 *
 * @param undo collects the steps that stop everything, in the order to run them
 */
export async function startMainWithUsers(users: number, undo: (() => Promise<unknown>)[]): Promise<MainWithUsers> {
  const postgres = await startPostgres({ name: 'bench', database: 'maindb', port: 'free', durable: false })
  undo.unshift(postgres.remove)
  await runMigrations('maindb', 'up', postgres.url)
  const callerId = await insertUsers(postgres.url, users)

  const issuer = 'http://localhost:3002'
  const tokens = createTokens({ issuer })
  const jwk = { ...(await tokens.keys.find(undefined)).export({ format: 'jwk' }), kid: 'test' }
  const keys = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })))
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
  undo.unshift(async () => keys.close())
  const keysUrl = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`

  const url = `http://127.0.0.1:${await findFreePort()}`
  const service = await startService({
    folder: 'main-service',
    environment: {
      HOST: '127.0.0.1',
      PORT: new URL(url).port,
      MAINDB_URL: postgres.url,
      AUTH_SERVICE_URL: keysUrl,
      TOKEN_ISSUER: issuer,
      // The requests are counted, but not limited.
      CALLER_REQUESTS_PER_MINUTE: '1000000000',
      ADDRESS_REQUESTS_PER_MINUTE: '1000000000',
    },
    readyUrl: `${url}/readyz`,
  })
  undo.unshift(service.stop)
  const token = tokens.userToken({ sub: callerId, permissions: ['users:read'], expiresIn: 3_600 })
  return { url, pid: service.pid, databaseUrl: postgres.url, keysUrl, issuer, token }
}

/** @returns the id of a user in the middle */
async function insertUsers(url: string, users: number): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    `INSERT INTO users (id, email, email_key, name, status, password_hash, created_at)
     SELECT gen_random_uuid(), n || '@example.com', n || '@example.com', 'Person ' || n, 'active', 'none',
            now() - n * interval '1 second'
     FROM generate_series(1, $1) n`,
    [users],
  )
  await client.query(
    `INSERT INTO user_roles (user_id, role_id) SELECT u.id, r.id FROM users u, roles r WHERE r.name = 'user'`,
  )
  await client.query('VACUUM ANALYZE')
  const { rows } = await client.query('SELECT id FROM users WHERE email = $1', [`${Math.ceil(users / 2)}@example.com`])
  await client.end()
  return rows[0].id
}
