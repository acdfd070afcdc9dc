import { createServiceApp, ok, routesWith } from '@likeness/service-kit/http'
import { createKeyExchange, createRemoteKeys, createTokenVerifier } from '@likeness/service-kit/identity'
import { createLogger, createMetrics, listen } from '@likeness/service-kit/process'
import pg from 'pg'
import { z } from 'zod'

/**
 * The baseline: the same middleware, the same token and the same response with a bare pg pool. The difference to
 * main-service is the cost of its validation, pages, presenters and pool.
 */
const { DATABASE_URL = '', KEYS_URL = '', ISSUER = '', PORT = '' } = process.env

/** The requests are counted, as in main-service, but not limited. */
const NO_LIMIT = 1_000_000_000

const route = routesWith()
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
const logger = createLogger({ service: 'floor', level: 'info' })

const columns = `u.id, u.email, u.name, u.status, u.avatar_media_id AS avatar, u.locale, u.profile,
  u.email_verified_at AS "emailVerifiedAt", u.last_login_at AS "lastLoginAt",
  u.created_at AS "createdAt", u.updated_at AS "updatedAt",
  ARRAY(SELECT r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id
        WHERE ur.user_id = u.id AND (ur.expires_at IS NULL OR ur.expires_at > now()) ORDER BY r.name) AS roles`

const app = createServiceApp({
  name: 'floor',
  version: '0',
  description: 'A bare pg pool behind the same middleware.',
  logger,
  metrics: createMetrics('floor'),
  checks: [],
  limits: { perCaller: NO_LIMIT, perAddress: NO_LIMIT },
  tokens: createTokenVerifier({
    keys: createRemoteKeys({ url: KEYS_URL, logger }),
    issuer: ISSUER,
    revocations: { refusal: () => undefined, starting: () => undefined },
    exchangeKey: createKeyExchange(ISSUER),
  }),
  routes: [
    route({
      method: 'get',
      path: '/users/me',
      access: 'users:read',
      summary: 'One row',
      answers: { 200: z.unknown() },
      handle: async ({ caller }) => {
        const { rows } = await pool.query(`SELECT ${columns} FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL`, [
          caller.id,
        ])
        return ok(rows[0])
      },
    }),
    route({
      method: 'get',
      path: '/users',
      access: 'users:read',
      summary: 'Fifty rows',
      answers: { 200: z.unknown() },
      handle: async (_incoming) => {
        const { rows } = await pool.query(
          `SELECT ${columns} FROM users u WHERE u.deleted_at IS NULL ORDER BY u.created_at DESC, u.id DESC LIMIT $1`,
          [50],
        )
        return ok({ data: rows })
      },
    }),
  ],
})
await listen(app, { host: '127.0.0.1', port: Number(PORT) })
