'use strict'

/**
 * What makes two names one tag: composition, compatibility forms, case and the width of spaces do not count; signs and
 * accents do. Before, the slug decided, and `C++` was `C`. The index is not unique: tags that are older than this may
 * have one name with different slugs.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE FUNCTION tag_name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN btrim(regexp_replace(
        normalize(replace(lower(normalize(name, NFKC) COLLATE human), 'ς', 'σ'), NFKC), '\\s+', ' ', 'g'
      ));
      CREATE INDEX media_tag_name_key ON media_tag (tag_name_key(name));
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP INDEX media_tag_name_key;
      DROP FUNCTION tag_name_key;
    `),
}
