'use strict'

/**
 * Media and their versions. A version references its media, and a media references its current version. The second
 * foreign key is deferrable, so that one transaction can insert both rows in either order.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE EXTENSION IF NOT EXISTS pg_trgm;

      CREATE TABLE media (
        id                 uuid             PRIMARY KEY,
        owner_id           uuid             NOT NULL,
        title              text             NOT NULL DEFAULT '',
        alt                text             NOT NULL DEFAULT '',
        filename           text             NOT NULL,
        mime_type          text             NOT NULL,
        kind               text             NOT NULL CHECK (kind IN ('image', 'file')),
        visibility         text             NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'public')),
        status             text             NOT NULL DEFAULT 'processing'
                                            CHECK (status IN ('processing', 'ready', 'failed')),
        focal_x            double precision CHECK (focal_x BETWEEN 0 AND 1),
        focal_y            double precision CHECK (focal_y BETWEEN 0 AND 1),
        current_version_id uuid,
        trashed_at         timestamptz(3),
        created_at         timestamptz(3)   NOT NULL DEFAULT now(),
        updated_at         timestamptz(3)   NOT NULL DEFAULT now(),
        CONSTRAINT media_focal_both_or_none CHECK ((focal_x IS NULL) = (focal_y IS NULL))
      );

      CREATE TABLE media_version (
        id             uuid           PRIMARY KEY,
        media_id       uuid           NOT NULL REFERENCES media ON DELETE CASCADE,
        number         integer        NOT NULL CHECK (number > 0),
        blob_id        uuid           NOT NULL REFERENCES blob ON DELETE RESTRICT,
        status         text           NOT NULL DEFAULT 'queued'
                                      CHECK (status IN ('queued', 'processing', 'ready', 'failed')),
        error_code     text,
        error_message  text,
        attempts       integer        NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        width          integer        CHECK (width > 0),
        height         integer        CHECK (height > 0),
        format         text           CHECK (format IN ('jpeg', 'png', 'webp', 'avif', 'gif', 'tiff', 'heic', 'svg')),
        pages          integer        CHECK (pages > 0),
        animated       boolean,
        has_alpha      boolean,
        thumbhash      text,
        dominant_color text           CHECK (dominant_color ~ '^#[0-9a-f]{6}$'),
        derived_from   integer        CHECK (derived_from > 0),
        operations     jsonb          NOT NULL DEFAULT '[]',
        created_by     uuid           NOT NULL,
        created_at     timestamptz(3) NOT NULL DEFAULT now(),
        started_at     timestamptz(3),
        completed_at   timestamptz(3),
        UNIQUE (media_id, number)
      );

      ALTER TABLE media
        ADD CONSTRAINT media_current_version_id_fkey FOREIGN KEY (current_version_id)
        REFERENCES media_version ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;

      CREATE INDEX media_owner ON media (owner_id, created_at DESC, id DESC);
      CREATE INDEX media_created_at ON media (created_at DESC, id DESC);
      CREATE INDEX media_status ON media (status, created_at DESC, id DESC);
      CREATE INDEX media_mime_type ON media (mime_type, created_at DESC, id DESC);
      CREATE INDEX media_trashed_at ON media (trashed_at) WHERE trashed_at IS NOT NULL;
      CREATE INDEX media_current_version_id ON media (current_version_id);
      CREATE INDEX media_title_order ON media (lower(title), id);
      CREATE INDEX media_words ON media USING gin (lower(title) gin_trgm_ops, lower(filename) gin_trgm_ops);

      CREATE INDEX media_version_blob_id ON media_version (blob_id);
      CREATE INDEX media_version_unfinished ON media_version (created_at) WHERE status IN ('queued', 'processing');
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE media DROP CONSTRAINT media_current_version_id_fkey;
      DROP TABLE media_version;
      DROP TABLE media;
      DROP EXTENSION pg_trgm;
    `),
}
