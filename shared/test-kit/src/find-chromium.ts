import { findProgram, installPackages } from '@likeness/local-servers'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * The path of the browser for tests of pages. A test run whose tests call this function installs the browser at its
 * start, if it is missing.
 *
 * @throws Error if there is none; the message contains the command that installs it
 */
export function findChromium(): string {
  const found = names.map(findProgram).find((path) => path !== undefined)
  if (found === undefined) throw new Error('Chromium is not installed. Run: apt-get install chromium')
  return found
}

/** Installs the browser with apt, if it is missing. @throws MissingProgramError as `installPackages` does */
export function installChromium(say: (line: string) => void): void {
  if (names.some((name) => findProgram(name) !== undefined)) return
  installPackages(['chromium'], say)
}
