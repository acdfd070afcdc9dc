import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folders in which fontconfig looks for fonts (its file fonts.conf on Debian). */
const folders = [
  '/usr/share/fonts',
  '/usr/local/share/fonts',
  join(homedir(), '.fonts'),
  join(homedir(), '.local/share/fonts'),
]

/** The packages of Debian that cover every script of the worker's image (media-worker/Dockerfile). */
export const FONTS_ADVICE =
  'Text in SVGs is drawn as boxes. Install fonts: apt-get install fonts-freefont-ttf fonts-wqy-microhei fonts-symbola'

/**
 * Whether text in SVGs has letters. Without any font, librsvg draws a box for each letter. Other systems than Linux come
 * with fonts.
 */
export function hasFonts(where: readonly string[] = folders, platform: string = process.platform): boolean {
  if (platform !== 'linux') return true
  return where.some((folder) => listFiles(folder).some((name) => /\.(?:ttf|ttc|otf|pfb|pcf|pcf\.gz)$/i.test(name)))
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}
