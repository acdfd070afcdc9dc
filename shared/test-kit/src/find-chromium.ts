import { existsSync } from 'node:fs'

const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * The path of the browser for tests of pages.
 *
 * @throws Error if there is none; the message contains the command that installs it
 */
export function findChromium(): string {
  const found = paths.find((path) => existsSync(path))
  if (found === undefined) throw new Error('Chromium is not installed. Run: apt-get install chromium')
  return found
}
