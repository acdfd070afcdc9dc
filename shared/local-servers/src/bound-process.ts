import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'

import pTimeout from 'p-timeout'

import { findProgram } from './system-packages.ts'

/** How to start a process. */
export interface BoundProcessOptions {
  command: string
  args: string[]
  cwd: string
  environment: Record<string, string | undefined>
  /** The file to which its output is appended. Without a file, the output can be read from `stdout` and `stderr`. */
  log?: string
  /** The account to run as; default: the account of this process. */
  user?: { uid: number; gid: number }
  /** The signal that it receives if this process dies without stopping it. */
  deathSignal: 'INT' | 'TERM' | 'KILL'
}

/** A process that ends when this process ends, even if this process is killed. */
export interface BoundProcess {
  pid: number
  stdout: NodeJS.ReadableStream | null
  stderr: NodeJS.ReadableStream | null
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  isRunning(): boolean
  signal(signal: NodeJS.Signals): void
  /** Sends the signal, waits, and kills the process after the limit. Resolves when the process has ended. */
  end(signal: NodeJS.Signals, limitMs: number): Promise<void>
}

/**
 * Starts a process in its own session, so that a Ctrl-C at the terminal reaches only this process, which stops the
 * others in order. On Linux, the kernel's parent-death signal (setpriv) ends it with this process.
 */
export function spawnBound(options: BoundProcessOptions): BoundProcess {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined
  const identity = options.user && process.getuid?.() === 0 ? options.user : undefined
  const { command, args } = setpriv ? throughSetpriv(setpriv, options, identity) : options
  const output = options.log === undefined ? 'pipe' : openSync(options.log, 'a', 0o600)
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['ignore', output, output],
    detached: true,
    ...(setpriv === undefined && identity ? { uid: identity.uid, gid: identity.gid } : {}),
  })
  if (typeof output === 'number') closeSync(output)
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', () => resolve({ code: 127, signal: null }))
  })
  // The child does not keep this process alive.
  child.unref()
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  const signal = (name: NodeJS.Signals) => {
    if (isRunning()) child.kill(name)
  }
  return {
    pid: child.pid ?? -1,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    isRunning,
    signal,
    async end(name, limitMs) {
      signal(name)
      // p-timeout rejects 0.
      const milliseconds = Math.max(1, limitMs)
      await pTimeout<unknown, void>(exited, { milliseconds, fallback: () => signal('SIGKILL') })
      await exited
    },
  }
}

function throughSetpriv(
  setpriv: string,
  options: BoundProcessOptions,
  identity: { uid: number; gid: number } | undefined,
): { command: string; args: string[] } {
  const account = identity ? [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, '--clear-groups'] : []
  return {
    command: setpriv,
    args: [...account, `--pdeathsig=${options.deathSignal}`, options.command, ...options.args],
  }
}

/**
 * Identifies a process by its number and its start time, so that a later process with the same number differs.
 * Undefined if there is no such process.
 */
export function identifyProcess(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // proc(5): the name in parentheses can contain spaces. Field 3 is the state, field 22 the start time.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? undefined : `${pid}@${fields[19]}`
    } catch {
      return undefined
    }
  }
  const started = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
  return started === '' ? undefined : `${pid}@${started}`
}
