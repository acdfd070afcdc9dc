'use strict'

/**
 * Tag names with the same key are the same tag. The key ignores Unicode composition, compatibility forms, case,
 * accents on Latin and Greek letters, and the kind of spaces. It does not ignore signs. Before this migration, the
 * slug identified a tag, so `C++` and `C` were the same tag. The index is not unique, because older tags can have the
 * same name and different slugs.
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
