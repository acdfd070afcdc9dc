'use strict'

module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE media_tag (
        id         uuid           PRIMARY KEY,
        slug       text           NOT NULL UNIQUE,
        name       text           NOT NULL,
        created_by uuid,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX media_tag_name ON media_tag (lower(name), id);
      CREATE INDEX media_tag_created_at ON media_tag (created_at DESC, id DESC);
      CREATE INDEX media_tag_words ON media_tag USING gin (lower(name) gin_trgm_ops, slug gin_trgm_ops);

      CREATE TABLE media_tags_media (
        media_id uuid NOT NULL REFERENCES media ON DELETE CASCADE,
        tag_id   uuid NOT NULL REFERENCES media_tag ON DELETE CASCADE,
        PRIMARY KEY (media_id, tag_id)
      );
      CREATE INDEX media_tags_media_tag_id ON media_tags_media (tag_id);
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP TABLE media_tags_media;
      DROP TABLE media_tag;
    `),
}
