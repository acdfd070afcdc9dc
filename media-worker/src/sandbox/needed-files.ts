import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that contains media-worker, node_modules and shared. */
const root = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * The files that Node, libvips and fontconfig read. No folder contains an .env file or a key: of the repository only code
 * is listed. `/usr/bin` and `/usr/src` are not listed either.
 */
const always = [
  '/lib',
  '/lib32',
  '/lib64',
  '/usr/lib',
  '/usr/lib64',
  '/usr/share',
  '/usr/local/lib',
  '/usr/local/share',
  '/etc/ld.so.cache',
  '/etc/localtime',
  '/etc/ssl/openssl.cnf',
  '/etc/pki/tls/openssl.cnf',
  '/etc/crypto-policies',
  '/etc/fonts',
  '/var/cache/fontconfig',
  '/dev/null',
  '/dev/urandom',
  // The memory that Node may use, and its own code, which V8 maps a second time.
  '/proc/meminfo',
  '/proc/self/cgroup',
  '/proc/self/maps',
  '/proc/self/stat',
  '/sys/fs/cgroup',
  '/sys/devices/system/cpu',
  join(root, 'package.json'),
  join(root, 'node_modules'),
  join(root, 'shared'),
  join(root, 'media-worker/package.json'),
  join(root, 'media-worker/node_modules'),
  fileURLToPath(new URL('..', import.meta.url)),
]

/** The files that Node and the code of media-worker need. */
export function filesNeededByNode(): { read: string[]; execute: string[] } {
  const mapped = mappedFiles()
  // The program that the kernel starts for a program with shared libraries.
  const loaders = mapped.filter((path) => basename(path).startsWith('ld-'))
  // Wherever they are installed. A library beside them can be loaded later.
  const folders = mapped.filter((path) => /\.so(?:\.[\d.]+)?$/.test(basename(path))).map(dirname)
  const read = [...always, ...folders, ...foldersOfFonts(), process.execPath]
  return { read: [...new Set(read)], execute: [process.execPath, ...loaders] }
}

/** The files in the memory of this process: Node and its libraries. */
function mappedFiles(): string[] {
  const paths = readText('/proc/self/maps')
    .split('\n')
    .map((line) => line.slice(line.indexOf('/')))
  return [...new Set(paths)].filter((path) => path.startsWith('/'))
}

/** Folders that the configuration of fontconfig adds. A relative folder, or one of a user, is skipped. */
function foldersOfFonts(): string[] {
  const parts = '/etc/fonts/conf.d'
  const names = existsSync(parts) ? readdirSync(parts) : []
  const files = ['/etc/fonts/fonts.conf', '/etc/fonts/local.conf', ...names.map((name) => join(parts, name))]
  return files
    .map(readText)
    .filter((text) => text.includes('dir'))
    .flatMap(foldersIn)
}

function foldersIn(configuration: string): string[] {
  const elements = configuration.matchAll(/<(?:dir|cachedir)(?: [^>]*)?>([^<]*)</g)
  return [...elements].map(([, folder = '']) => folder.trim()).filter((folder) => folder.startsWith('/'))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
