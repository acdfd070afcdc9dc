'use strict'

const unhomoglyph = require('unhomoglyph')

/** `roleNameKeys` of main-service/src/roles/role-name.ts, which a seeder cannot import. */
function roleNameKeys(name) {
  const written = name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .trim()
  return [
    `written:${skeletonOf(written)}`,
    `lower:${skeletonOf(written.toLowerCase())}`,
    `upper:${skeletonOf(written.toUpperCase())}`,
  ]
}

const skeletonOf = (text) => unhomoglyph(text.normalize('NFD')).normalize('NFD')

module.exports = { roleNameKeys }
