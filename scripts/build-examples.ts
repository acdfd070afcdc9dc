import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

const gallery = fileURLToPath(new URL('../examples/gallery', import.meta.url))

/**
 * Builds the examples as static files: `npm run build-examples -- FOLDER` writes `FOLDER/examples/gallery`. The client is
 * bundled from its sources, so it need not be built before.
 */
async function main([folder]: string[]): Promise<void> {
  if (!folder) throw new Error('Name the folder to write to: npm run build-examples -- FOLDER')
  const output = join(folder, 'examples/gallery')
  await mkdir(output, { recursive: true })
  await Promise.all(['index.html', 'gallery.css'].map((file) => cp(join(gallery, file), join(output, file))))
  await build({
    entryPoints: [join(gallery, 'gallery.ts')],
    outfile: join(output, 'gallery.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['source'],
    logLevel: 'warning',
  })
  console.log(`Wrote ${output}`)
}

await main(process.argv.slice(2))
