'use strict'

/**
 * The names of medias-service's presets, in one row, as main-service last received them. They are the sizes of avatars.
 * Stored, so that every replica shows the same URLs, also right after a start while medias-service is away.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE media_presets (
        id         boolean        PRIMARY KEY DEFAULT true CHECK (id),
        names      text[]         NOT NULL DEFAULT '{}',
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      );
      INSERT INTO media_presets DEFAULT VALUES;

      -- Planning a call costs nothing; planning a subselect cost a sixth of the read of one user.
      CREATE FUNCTION media_preset_names() RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
      BEGIN
        RETURN (SELECT names FROM media_presets);
      END
      $$;
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query('DROP FUNCTION media_preset_names; DROP TABLE media_presets'),
}
