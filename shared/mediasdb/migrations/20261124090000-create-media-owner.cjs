'use strict'

/**
 * The states of owners that main-service has reported, and the media that are in the trash only because their owner is
 * deleted. An owner without a row is active.
 *
 * The existing index `media_owner` is renamed, because the new table has this name. Media that were trashed with their
 * owner can stay in the trash for years, so the index for emptying the trash does not contain them.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER INDEX media_owner RENAME TO media_owner_id;

      CREATE TABLE media_owner (
        owner_id   uuid           PRIMARY KEY,
        state      text           NOT NULL CHECK (state IN ('active', 'deleted', 'erased')),
        revision   bigint         NOT NULL CHECK (revision >= 0),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      );

      ALTER TABLE media
        ADD COLUMN trashed_with_owner boolean NOT NULL DEFAULT false,
        ADD CONSTRAINT media_trashed_with_owner_is_trashed CHECK (trashed_at IS NOT NULL OR NOT trashed_with_owner);

      CREATE INDEX media_untrashed ON media (owner_id) WHERE trashed_at IS NULL;
      CREATE INDEX media_trashed_with_owner ON media (owner_id) WHERE trashed_with_owner;
      CREATE INDEX media_trash_expiry ON media (trashed_at) WHERE trashed_at IS NOT NULL AND NOT trashed_with_owner;
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP INDEX media_trash_expiry;
      DROP INDEX media_untrashed;
      ALTER TABLE media DROP COLUMN trashed_with_owner;
      DROP TABLE media_owner;
      ALTER INDEX media_owner_id RENAME TO media_owner;
    `),
}
