'use strict'

/**
 * Two names with one key are one tag: composition, compatibility forms, case, accents on Latin and Greek letters, and
 * the width of spaces do not count; signs do. Before, the slug decided, and `C++` was `C`. The index is not unique:
 * older tags may have one name with different slugs.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(String.raw`
      CREATE FUNCTION tag_name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN btrim(regexp_replace(
        normalize(
          regexp_replace(
            normalize(replace(lower(normalize(name, NFKC) COLLATE human), 'ς', 'σ'), NFD),
            '([a-z\u00df-\u024f\u0370-\u03ff\u1e00-\u1fff])[\u0300-\u036f]+', '\1', 'g'
          ),
          NFKC
        ),
        '[\s\ufeff]+', ' ', 'g'
      ));
      CREATE INDEX media_tag_name_key ON media_tag (tag_name_key(name));
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP INDEX media_tag_name_key;
      DROP FUNCTION tag_name_key;
    `),
}
