import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** A program that a person must install first; `message` contains the command. */
export class MissingProgramError extends Error {
  override readonly name = 'MissingProgramError'
}

/** The folders of programs. On Debian, the PATH of an ordinary user does not contain the administrative folders. */
export const programFolders = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/opt/homebrew/sbin',
  '/opt/homebrew/bin',
]

/** The full path of a program, or undefined if it is not installed. */
export function findProgram(name: string): string | undefined {
  return programFolders.map((folder) => join(folder, name)).find(isExecutable)
}

/**
 * Installs packages with apt. Their services are not started, neither now nor at the next boot.
 *
 * @param packages names in Debian
 * @param say receives one line before the installation begins
 * @throws MissingProgramError if apt is missing, fails, or needs root rights that cannot be obtained; the message contains
 *   the command to run
 */
export function installPackages(packages: string[], say: (line: string) => void): void {
  const manualCommand = `apt-get install ${packages.join(' ')}`
  if (findProgram('apt-get') === undefined) {
    throw new MissingProgramError(`${packages.join(' and ')} must be installed first. ${howToInstall(packages)}`)
  }
  const isRoot = process.getuid?.() === 0
  if (!isRoot && findProgram('sudo') === undefined) {
    throw new MissingProgramError(`${packages.join(' and ')} must be installed first. As root, run: ${manualCommand}`)
  }
  say(`Installing ${packages.join(' and ')} with apt (once; this takes a minute) …`)
  const shell = ['/bin/sh', '-c', aptScript, 'install', ...packages]
  const [command, ...args] = isRoot ? shell : ['sudo', ...shell]
  // sudo asks for the password on the terminal itself, so that its output can be captured.
  const result = spawnSync(command as string, args, { stdio: ['inherit', 'pipe', 'pipe'], encoding: 'utf8' })
  if (result.status !== 0) {
    throw new MissingProgramError(
      `apt could not install ${packages.join(' and ')}:\n${result.stdout}${result.stderr}\nRun it yourself: ${isRoot ? '' : 'sudo '}${manualCommand}`,
    )
  }
}

/** The instruction for another package manager, in which the packages can have other names. */
function howToInstall(packages: string[]): string {
  const named = (names: Record<string, string>) => packages.map((name) => names[name] ?? name).join(' ')
  if (findProgram('brew')) {
    return `Run: brew install ${named({ postgresql: 'postgresql@17', 'rabbitmq-server': 'rabbitmq' })}`
  }
  if (findProgram('dnf')) return `Run: dnf install ${named({ postgresql: 'postgresql-server' })}`
  if (findProgram('pacman')) return `Run: pacman -S ${named({ 'rabbitmq-server': 'rabbitmq' })}`
  if (findProgram('apk')) return `Run: apk add ${packages.join(' ')}`
  return 'Use the package manager of this system.'
}

/**
 * policy-rc.d returns 101 ("not allowed") when a package wants to start its service. createcluster.conf prevents
 * postgresql-common from creating a cluster on port 5432. Both files are created only if they do not exist, and are
 * removed afterwards.
 */
const aptScript = `
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.conf
made_policy= made_cluster=
finish() {
  if [ -n "$made_policy" ]; then rm -f "$policy"; fi
  if [ -n "$made_cluster" ]; then
    if [ -e "$cluster.dpkg-dist" ]; then mv "$cluster.dpkg-dist" "$cluster"; else rm -f "$cluster"; fi
  fi
}
trap finish EXIT
trap 'exit 1' INT TERM HUP
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"; made_policy=1; chmod 755 "$policy"
fi
if [ ! -e "$cluster" ]; then
  mkdir -p "\${cluster%/*}"; echo 'create_main_cluster = false' > "$cluster"; made_cluster=1
fi
install() {
  apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install --no-install-recommends "$@"
}
install "$@" || { apt-get -q -o DPkg::Lock::Timeout=300 update && install "$@"; }
if command -v systemctl >/dev/null; then
  for unit in "$@" epmd.socket epmd.service; do systemctl disable --quiet "$unit" >/dev/null 2>&1 || true; done
fi
`

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
