/**
 * Jest's dependency extractor. A test that starts a deployable depends on the sources of the deployable, and a test with a
 * database depends on the migrations, although it imports neither. The extractor adds these dependencies, so that `make
 * test SINCE=…` finds the tests of a change.
 */
const { readdirSync } = require('node:fs')
const { dirname, join, relative } = require('node:path')

const root = join(__dirname, '../..')
const deployables = ['main-service', 'auth-service', 'medias-service', 'media-worker']
const migrations = { maindb: listMigrations('main-service'), mediasdb: listMigrations('shared/mediasdb') }
const wholeSystem = /\b(startSystem|sharedSystem)\b/

module.exports = {
  extract(code, file, defaultExtract) {
    const imported = defaultExtract(code, file)
    if (!file.includes('/tests/')) return imported
    const isWhole = wholeSystem.test(code)
    const started = deployables.filter((name) => isWhole || code.includes(`folder: '${name}'`))
    const migrated = Object.keys(migrations).filter((name) => isWhole || code.includes(`template: '${name}'`))
    const paths = [...started.map((name) => `${name}/src/main.ts`), ...migrated.flatMap((name) => migrations[name])]
    return new Set([...imported, ...paths.map((path) => `./${relative(dirname(file), join(root, path))}`)])
  },
  getCacheKey: () => JSON.stringify(migrations),
}

function listMigrations(folder) {
  return readdirSync(join(root, folder, 'migrations')).map((name) => `${folder}/migrations/${name}`)
}
