import { resolve } from 'node:path'

import { buildSite } from './site/build-site.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('Usage: npm run build-site -- FOLDER')
  process.exitCode = 1
} else {
  await buildSite(resolve(folder))
  console.log(`Wrote the site to ${folder}.`)
}
