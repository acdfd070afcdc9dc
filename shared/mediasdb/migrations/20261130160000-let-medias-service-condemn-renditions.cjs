'use strict'

/** medias-service condemns renditions that a killed worker stored without rows. */
module.exports = {
  up: (queryInterface) => queryInterface.sequelize.query('GRANT INSERT ON condemned_rendition TO medias_service'),
  down: (queryInterface) => queryInterface.sequelize.query('REVOKE INSERT ON condemned_rendition FROM medias_service'),
}
