import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

const gallery = fileURLToPath(new URL('../../examples/gallery', import.meta.url))

/**
 * Builds the examples as static files below `examples/` in a folder. The client is bundled from its sources, so it need not
 * be built before.
 *
 * @returns the folder of the gallery
 */
export async function buildExamples(folder: string): Promise<string> {
  const output = join(folder, 'examples', 'gallery')
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
  return output
}
