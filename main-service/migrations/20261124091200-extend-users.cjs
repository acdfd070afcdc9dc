'use strict'

const { domainToASCII } = require('node:url')

/** A copy of `emailKey` at the time of this migration. */
function newKey(email) {
  const folded = email.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC').trim()
  const start = folded.lastIndexOf('@') + 1
  const domain = folded.slice(start)
  if (start === 0 || !/[^\p{ASCII}]/u.test(domain) || domain.includes('%')) return folded
  return folded.slice(0, start) + (domainToASCII(domain) || domain)
}

const oldKey = (email) => email.trim().normalize('NFKC').toLowerCase()

/**
 * Updates the keys of addresses that are not ASCII; all others keep their key. If two users now have the same key, the
 * user with the ASCII address keeps it, otherwise the older user. The other user cannot log in until the address is
 * changed.
 */
function foldEmails({ sequelize }, keyOf) {
  return sequelize.transaction(async (transaction) => {
    const [rows] = await sequelize.query(
      `SELECT id, email, email_key FROM users WHERE email ~ '[^\\x01-\\x7f]' ORDER BY created_at, id`,
      { transaction },
    )
    for (const { id, email, email_key: before } of rows) {
      const key = keyOf(email)
      if (key === before) continue
      const [changed] = await sequelize.query(
        `UPDATE users u SET email_key = :key WHERE id = :id AND (deleted_at IS NOT NULL OR NOT EXISTS (
           SELECT 1 FROM users o WHERE o.email_key = :key AND o.deleted_at IS NULL AND o.id <> u.id
         )) RETURNING id`,
        { replacements: { id, key }, transaction },
      )
      if (changed.length === 0)
        process.stderr.write(`The address of user ${id} now equals the address of another user. Change one of them.\n`)
    }
  })
}

/**
 * Adds the status `unverified` (the user cannot sign in until the address is confirmed), the profile, and the indexes
 * that list and erase deleted users. From `erasing_at` on, a user cannot be restored. `email_key` now contains the
 * domain in its ASCII form (Punycode). The search `?q=` also finds an address in the form in which its owner writes
 * it.
 */
module.exports = {
  up: async (queryInterface) => {
    await queryInterface.sequelize.query(`
      ALTER TABLE users
        DROP CONSTRAINT users_status_check,
        ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'invited', 'unverified', 'suspended')),
        ADD COLUMN profile jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(profile) = 'object'),
        ADD COLUMN erasing_at timestamptz(3),
        ADD CONSTRAINT users_erasing_is_deleted CHECK (erasing_at IS NULL OR deleted_at IS NOT NULL);
      CREATE INDEX users_deleted_at ON users (deleted_at, id) WHERE deleted_at IS NOT NULL;
      CREATE INDEX users_erasing_at ON users (erasing_at) WHERE erasing_at IS NOT NULL;
      CREATE INDEX users_deleted_created_at ON users (created_at, id) WHERE deleted_at IS NOT NULL;
      CREATE INDEX users_deleted_updated_at ON users (updated_at, id) WHERE deleted_at IS NOT NULL;
      CREATE INDEX users_deleted_name ON users (name, id) WHERE deleted_at IS NOT NULL;
      CREATE INDEX users_deleted_email ON users (email_key, id) WHERE deleted_at IS NOT NULL;
      DROP INDEX users_search;
      CREATE INDEX users_search
        ON users USING gin (name gin_trgm_ops, email gin_trgm_ops, email_key gin_trgm_ops);
    `)
    await foldEmails(queryInterface, newKey)
  },
  down: async (queryInterface) => {
    await foldEmails(queryInterface, oldKey)
    await queryInterface.sequelize.query(`
      DROP INDEX users_search;
      CREATE INDEX users_search ON users USING gin (name gin_trgm_ops, email_key gin_trgm_ops);
      DROP INDEX users_deleted_email;
      DROP INDEX users_deleted_name;
      DROP INDEX users_deleted_updated_at;
      DROP INDEX users_deleted_created_at;
      DROP INDEX users_erasing_at;
      DROP INDEX users_deleted_at;
      UPDATE users SET status = 'invited' WHERE status = 'unverified';
      ALTER TABLE users
        DROP CONSTRAINT users_erasing_is_deleted,
        DROP COLUMN erasing_at,
        DROP COLUMN profile,
        DROP CONSTRAINT users_status_check,
        ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'suspended', 'invited'));
    `)
  },
}
