import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { build, type Plugin } from 'esbuild'

const sources = fileURLToPath(new URL('../clients/typescript/src', import.meta.url))

/** The most that each entry of the client may have, in kilobytes of 1,000 bytes, minified and compressed with gzip. */
const budgets: Record<string, number> = {
  index: 5,
  'auth/index': 2,
  'upload/index': 2,
  'events/index': 3,
  'picture/index': 2,
  'react/index': 2.5,
  'query/index': 2,
}

/**
 * Measures the entries of the client. The main entry is measured with every operation, although an application bundles only
 * the operations that it calls. Each other entry is measured without the modules of the main entry, which it shares.
 * Exits with 1 if an entry exceeds its budget.
 */
async function main(): Promise<void> {
  for (const [entry, budget] of Object.entries(budgets)) {
    const bytes = await measure(entry)
    const isTooLarge = bytes > budget * 1_000
    if (isTooLarge) process.exitCode = 1
    if (isTooLarge || !process.argv.includes('--check')) {
      console.log(
        `${entry.padEnd(14)} ${(bytes / 1_000).toFixed(2)} KB of ${budget} KB${isTooLarge ? ': too large' : ''}`,
      )
    }
  }
}

async function measure(entry: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(sources, `${entry}.ts`)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['react'],
    write: false,
    plugins: entry === 'index' ? [] : [sharedModules],
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}

/** Leaves out the modules of the main entry: those in the folder `src` itself, and the operations. */
const sharedModules: Plugin = {
  name: 'shared-modules',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const folder = dirname(join(resolveDir, path))
      const isShared = folder === sources || path.endsWith('/generated/operations.ts')
      return isShared ? { path, external: true } : undefined
    })
  },
}

await main()
