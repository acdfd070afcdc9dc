import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { landlockRules } from './landlock.ts'
import { loadNativeCalls, type NativeCalls } from './native-calls.ts'
import { filesNeededByNode } from './needed-files.ts'
import { createsNamelessFiles, openPrivateFolder } from './private-folder.ts'
import type { LaunchPlan } from './render-launcher.cts'
import { runnableProgram } from './runnable-program.ts'
import { seccompFilter } from './seccomp-filter.ts'
import { numberOf, type Architecture } from './system-calls.ts'

/** A part of the sandbox. `landlock` restricts files; `seccomp` restricts network, programs and other processes. */
type SandboxPart = 'landlock' | 'seccomp'

export const SANDBOX_ADVICE =
  'Render processes, which decode uploaded pictures, are less restricted. The sandbox needs Linux 5.13 or newer with Landlock, on x64 or arm64, and the optional packages of koffi.'

/** A program of Node that runs in the sandbox. */
interface SandboxedProgram {
  path: string
  nodeOptions: string[]
  environment: Record<string, string>
}

/** What `fork` of node:child_process gets. */
interface ForkArguments {
  path: string
  args: string[]
  execArgv: string[]
  env: Record<string, string>
}

export interface Sandbox {
  /** The parts that this machine lacks. */
  missing: SandboxPart[]
  /** How to start a program in the sandbox, or as usual if the machine lacks both parts. Its process has an IPC channel. */
  forkArguments(program: SandboxedProgram): ForkArguments
}

interface SandboxOptions {
  /** Files and folders that the programs can read, besides their own code. */
  readable: readonly string[]
  native?: NativeCalls | null
}

const EXTENSION = import.meta.url.endsWith('.ts') ? '.cts' : '.cjs'
const launcher = fileURLToPath(new URL(`./render-launcher${EXTENSION}`, import.meta.url))

/** Prepares the sandbox with the parts that this machine offers. */
export function openSandbox({ readable, native = loadNativeCalls() }: SandboxOptions): Sandbox {
  const runnable = rememberResults(runnableProgram)
  const missing: SandboxPart[] = [
    ...(native && native.landlockVersion > 0 ? [] : (['landlock'] as const)),
    ...(native?.hasSeccomp ? [] : (['seccomp'] as const)),
  ]
  if (!native || missing.length === 2) {
    const forkArguments = ({ path, nodeOptions, environment }: SandboxedProgram): ForkArguments => {
      return { path: runnable(path), args: [], execArgv: nodeOptions, env: environment }
    }
    return { missing, forkArguments }
  }
  const needed = filesNeededByNode()
  const filters = [false, true].map((namedFiles) => seccompFilter(native.architecture, { namedFiles }))

  return {
    missing,
    forkArguments: ({ path, nodeOptions, environment }) => {
      const program = runnable(path)
      const temporary = openTemporaryFolder()
      const variables = { ...environment, ...(temporary ? { TMPDIR: temporary.folder } : {}) }
      const compileCache = environment['NODE_COMPILE_CACHE'] ?? []
      const read = [...needed.read, dirname(program), ...readable].concat(compileCache)
      const allowed = { ...needed, read, temporary }
      const plan: LaunchPlan = {
        koffi: native.module,
        calls: callsOf(native.architecture),
        parent: process.pid,
        landlock: native.landlockVersion > 0 ? landlockRules(native.landlockVersion, allowed) : null,
        seccomp: (native.hasSeccomp && filters[temporary?.named ? 1 : 0]) || null,
        program: process.execPath,
        args: [...nodeOptions, program],
        environment: variables,
      }
      return { path: runnable(launcher), args: [JSON.stringify(plan)], execArgv: [], env: variables }
    },
  }
}

/**
 * The folder in which libvips stores the decoded frames of an animated WebP of more than 100 MB. It is opened again for each
 * process, because some systems delete old folders for temporary files.
 */
function openTemporaryFolder(): { folder: string; named: boolean } | null {
  for (const name of ['likeness-render', `likeness-render-${process.pid}`]) {
    try {
      const folder = openPrivateFolder(name)
      return { folder, named: !createsNamelessFiles(folder) }
    } catch {
      // Another user has created it, or the file system is full or read-only.
    }
  }
  return null
}

const launcherCalls = [
  'capget',
  'capset',
  'close_range',
  'execve',
  'fcntl',
  'getrandom',
  'landlock_add_rule',
  'landlock_create_ruleset',
  'landlock_restrict_self',
  'prctl',
  'prlimit64',
  'seccomp',
] as const satisfies (keyof LaunchPlan['calls'])[]

function callsOf(architecture: Architecture): LaunchPlan['calls'] {
  const numbers = launcherCalls.map((call) => [call, numberOf(call, architecture)])
  return Object.fromEntries(numbers) as LaunchPlan['calls']
}

function rememberResults(compute: (key: string) => string): (key: string) => string {
  const results = new Map<string, string>()
  return (key) => {
    const result = results.get(key) ?? compute(key)
    results.set(key, result)
    return result
  }
}
