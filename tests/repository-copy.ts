import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))

/** A copy of the repository, like a new clone, in which a test can write .env files. */
export interface RepositoryCopy {
  folder: string
  remove(): void
}

/** @param options.installed whether the copy gets links to the `node_modules` folders of the original */
export function copyRepository({ installed }: { installed: boolean }): RepositoryCopy {
  const folder = mkdtempSync(join(tmpdir(), 'likeness-clone-'))
  const git = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const listed = execFileSync('git', git, { cwd: repository, encoding: 'utf8' })
  for (const file of new Set(listed.split('\0'))) {
    if (file && existsSync(join(repository, file))) cpSync(join(repository, file), join(folder, file))
  }
  if (installed) {
    for (const installedIn of ['.', 'main-service', 'auth-service', 'medias-service', 'media-worker']) {
      const modules = join(repository, installedIn, 'node_modules')
      if (existsSync(modules)) symlinkSync(modules, join(folder, installedIn, 'node_modules'))
    }
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A PATH with Node.js and the programs of the system. */
export const systemPath = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`
