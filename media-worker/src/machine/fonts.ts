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

/** Whether text in SVGs has letters. Without any font, librsvg draws a box for each letter. */
export function hasFonts(where: readonly string[] = folders): boolean {
  return where.some((folder) => listFiles(folder).some((name) => /\.(?:ttf|ttc|otf|pfb|pcf|pcf\.gz)$/i.test(name)))
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}
