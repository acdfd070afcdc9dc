'use strict'

const { domainToASCII } = require('node:url')

const { hash } = require('@node-rs/argon2')
const { uuidv7 } = require('uuidv7')

const DEVELOPMENT_EMAIL = 'admin@example.com'
const DEVELOPMENT_PASSWORD = 'admin-password-change-me'

/** @node-rs/argon2 uses argon2id by default. The costs are OWASP's (Password Storage Cheat Sheet): 19 MiB, 2 passes. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** `emailKey` of `@likeness/internal-api`, which a seeder cannot import. Logins find the account by this key. */
function emailKey(email) {
  const folded = email.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC').trim()
  const start = folded.lastIndexOf('@') + 1
  const domain = folded.slice(start)
  if (start === 0 || !/[^\p{ASCII}]/u.test(domain) || domain.includes('%')) return folded
  return folded.slice(0, start) + (domainToASCII(domain) || domain)
}

/** `normalPassword` of `@likeness/internal-api`, which a seeder cannot import. This form of a password is hashed. */
const normalPassword = (password) => password.normalize('NFKC')

function readAdministrator({ NODE_ENV, ADMIN_EMAIL, ADMIN_PASSWORD }) {
  if (NODE_ENV === 'production') {
    if (!ADMIN_EMAIL || !ADMIN_PASSWORD) {
      throw new Error('ADMIN_EMAIL and ADMIN_PASSWORD must both be set: production has no default administrator.')
    }
    if (normalPassword(ADMIN_PASSWORD) === DEVELOPMENT_PASSWORD) {
      throw new Error('ADMIN_PASSWORD has its development value, which is public. Choose another one.')
    }
  }
  const email = (ADMIN_EMAIL || DEVELOPMENT_EMAIL).trim()
  const password = normalPassword(ADMIN_PASSWORD || DEVELOPMENT_PASSWORD)
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new Error('ADMIN_EMAIL must be an email address.')
  if (password.length < 10 || password.length > 128) {
    throw new Error('ADMIN_PASSWORD must have 10 to 128 characters.')
  }
  return { email, password }
}

/** Runs at every start. Creates the first administrator if no user has `*`. */
module.exports = {
  up: async (queryInterface) => {
    const { email, password } = readAdministrator(process.env)
    await queryInterface.sequelize.transaction(async (transaction) => {
      const select = async (sql, bind = {}) => (await queryInterface.sequelize.query(sql, { bind, transaction }))[0]
      // A lock, so that two concurrent starts create one administrator.
      await select("SELECT 1 FROM roles WHERE name = 'admin' FOR UPDATE")
      const administrators = await select(`
        SELECT 1 FROM users JOIN user_roles ON user_roles.user_id = users.id JOIN role_permissions USING (role_id)
        JOIN permissions ON permissions.id = role_permissions.permission_id
        WHERE permissions.name = '*' AND users.deleted_at IS NULL LIMIT 1`)
      if (administrators.length > 0) return

      const created = await select(
        `INSERT INTO users (id, email, email_key, name, status, password_hash, email_verified_at)
         VALUES ($id, $email, $emailKey, 'Administrator', 'active', $passwordHash, now())
         ON CONFLICT (email_key) WHERE deleted_at IS NULL DO NOTHING RETURNING id`,
        { id: uuidv7(), email, emailKey: emailKey(email), passwordHash: await hash(password, ARGON2ID) },
      )
      if (created.length === 0) {
        throw new Error(
          `No user is an administrator, and ADMIN_EMAIL (${email}) belongs to an existing user. Set it to another address.`,
        )
      }
      await select(
        `INSERT INTO user_roles (user_id, role_id) SELECT $userId::uuid, id FROM roles WHERE name = 'admin'`,
        {
          userId: created[0].id,
        },
      )
      await select(
        `INSERT INTO audit (id, actor_type, actor_id, action, target_type, target_id, after)
         VALUES ($id, 'system', 'seeds', 'user.created', 'user', $userId, $after)`,
        {
          id: uuidv7(),
          userId: created[0].id,
          after: JSON.stringify({ email, name: 'Administrator', status: 'active', roles: ['admin'] }),
        },
      )
    })
  },
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DELETE FROM users USING user_roles, roles
      WHERE user_roles.user_id = users.id AND roles.id = user_roles.role_id AND roles.name = 'admin'`),
}
