/**
 * The launcher of a render process: a program that gives up its own rights and then executes Node again with the render
 * process. Only a new program has one thread, and Landlock restricts only the thread that asks for it; a running Node has
 * several threads already. The process id, the pipe and the IPC channel stay the same.
 *
 * It is CommonJS and imports nothing but koffi's binary, because it runs at each start of a render process.
 * sandbox.ts makes the plan.
 */
import type * as Koffi from 'koffi' with { 'resolution-mode': 'import' }

/** What the launcher does, in this order. A failure ends it: a render process never runs with more rights than planned. */
export interface LaunchPlan {
  /** Module with the functions of koffi. */
  koffi: string
  /** Numbers of the system calls. */
  calls: Record<
    | 'capget'
    | 'capset'
    | 'close_range'
    | 'execve'
    | 'fcntl'
    | 'getrandom'
    | 'landlock_add_rule'
    | 'landlock_create_ruleset'
    | 'landlock_restrict_self'
    | 'prctl'
    | 'prlimit64'
    | 'seccomp',
    number
  >
  /** The process that starts the launcher. The render process ends with it. */
  parent: number
  landlock: { handled: number[]; rules: [path: string, rights: number][]; fileRights: number } | null
  seccomp: { program: string; pidAt: number[]; tokenAt: number[] } | null
  /** The path of the program, and its arguments without the name of the program. */
  program: string
  args: string[]
  /** The environment of the program, in addition to that of the IPC channel. */
  environment: Record<string, string>
}

type Call = (...args: unknown[]) => number

const { closeSync, openSync, writeFileSync, writeSync } = process.getBuiltinModule('node:fs')

/** The standard streams and the IPC channel, in the order that render-child.ts gives them. */
const INHERITED = [0, 1, 2, 3]
const IPC_CHANNEL = 3
const LAST_DESCRIPTOR = 0xffff_ffff
const CLOSE_RANGE_CLOEXEC = 4

const O_PATH = 0o10_000_000
const F_SETFD = 2
const EINVAL = 22
const SIGKILL = 9
const RLIMIT_CORE = 4
const PR_SET_PDEATHSIG = 1
const PR_SET_NO_NEW_PRIVS = 38
const PR_CAP_AMBIENT = 47
const PR_CAP_AMBIENT_CLEAR_ALL = 4
/** _LINUX_CAPABILITY_VERSION_3 */
const CAPABILITY_VERSION = 0x2008_0522
/** CAP_DAC_READ_SEARCH: root may own no file of the store. */
const KEPT_CAPABILITIES = 1 << 2
const SECCOMP_SET_MODE_FILTER = 1
/** Without this flag, kernels before 5.16 slow the process down by a mitigation of Spectre. */
const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4
const LANDLOCK_RULE_PATH_BENEATH = 1

function launch(plan: LaunchPlan): void {
  const koffi = require(plan.koffi) as typeof Koffi
  const libc = koffi.load(null)
  /** The C library's `syscall`, with arguments of these types after the number. */
  const systemCall = (...types: string[]): Call => libc.func('syscall', 'long', ['long', ...types]) as Call
  const { calls } = plan
  const checked = (name: string, result: number): number => {
    if (result < 0) throw new Error(`${name} failed with error ${koffi.errno()}`)
    return result
  }
  const withNumbers = systemCall('int64', 'int64', 'int64', 'int64', 'int64')
  const prctl = (option: number, value: number): number => withNumbers(calls.prctl, option, value, 0, 0, 0)

  // execve closes every file descriptor that is marked. Node has marked most of them, and these four too. Kernels before
  // 5.11 lack close_range with this flag.
  withNumbers(calls.close_range, INHERITED.length, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC, 0, 0)
  for (const descriptor of INHERITED) withNumbers(calls.fcntl, descriptor, F_SETFD, 0, 0, 0)
  makeFirstVictim()
  checked('prctl(PR_SET_PDEATHSIG)', prctl(PR_SET_PDEATHSIG, SIGKILL))
  if (process.ppid !== plan.parent) process.exit(1)
  // No core file, which would be a file that the process can write.
  checked(
    'prlimit64',
    systemCall('int64', 'int64', 'void *', 'int64')(calls.prlimit64, 0, RLIMIT_CORE, Buffer.alloc(16), 0),
  )
  checked('prctl(PR_SET_NO_NEW_PRIVS)', prctl(PR_SET_NO_NEW_PRIVS, 1))
  if (plan.landlock) restrictFiles(plan.landlock)
  dropCapabilities()
  const secrets = plan.seccomp ? restrictCalls(plan.seccomp) : [0n, 0n]

  const args = [plan.program, ...plan.args, null]
  const variables = {
    ...plan.environment,
    NODE_CHANNEL_FD: `${IPC_CHANNEL}`,
    NODE_CHANNEL_SERIALIZATION_MODE: 'advanced',
  }
  const environment = [...Object.entries(variables).map(([name, value]) => `${name}=${value}`), null]
  const execve = systemCall('const char *', 'const char **', 'const char **', 'int64', 'uint64', 'uint64')
  checked('execve', execve(calls.execve, plan.program, args, environment, 0, ...secrets))

  function restrictFiles({ handled, rules, fileRights }: NonNullable<LaunchPlan['landlock']>): void {
    const attributes = Buffer.from(BigUint64Array.from(handled, BigInt).buffer)
    const create = systemCall('const void *', 'int64', 'int64')
    const ruleset = checked(
      'landlock_create_ruleset',
      create(calls.landlock_create_ruleset, attributes, attributes.length, 0),
    )
    const add = systemCall('int64', 'int64', 'const void *', 'int64')
    for (const [path, rights] of rules) {
      const descriptor = openPath(path)
      if (descriptor === null) continue
      const addRule = (allowed: number): number => {
        const rule = Buffer.alloc(12)
        rule.writeBigUInt64LE(BigInt(allowed))
        rule.writeInt32LE(descriptor, 8)
        return add(calls.landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0)
      }
      // The path is a file, which cannot have the rights of a folder.
      if (addRule(rights) < 0 && koffi.errno() === EINVAL)
        checked(`A Landlock rule for ${path}`, addRule(rights & fileRights))
      closeSync(descriptor)
    }
    checked('landlock_restrict_self', withNumbers(calls.landlock_restrict_self, ruleset, 0, 0, 0, 0))
    closeSync(ruleset)
  }

  /**
   * Root has capabilities, and a process without them cannot read a process that has them. With PR_SET_NO_NEW_PRIVS,
   * execve does not give them back.
   */
  function dropCapabilities(): void {
    const header = Buffer.alloc(8)
    header.writeUInt32LE(CAPABILITY_VERSION)
    const sets = Buffer.alloc(24)
    const both = systemCall('const void *', 'void *')
    checked('capget', both(calls.capget, header, sets))
    const kept = sets.readUInt32LE(4) & KEPT_CAPABILITIES
    sets.fill(0)
    sets.writeUInt32LE(kept, 0)
    sets.writeUInt32LE(kept, 4)
    withNumbers(calls.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    checked('capset', both(calls.capset, header, sets))
  }

  /** @returns the token with which execve is allowed */
  function restrictCalls({ program, pidAt, tokenAt }: NonNullable<LaunchPlan['seccomp']>): bigint[] {
    const token = Buffer.alloc(16)
    checked('getrandom', systemCall('void *', 'int64', 'int64')(calls.getrandom, token, token.length, 0))
    const filter = Buffer.from(program, 'base64')
    for (const offset of pidAt) filter.writeUInt32LE(process.pid, offset)
    for (const [part, offset] of tokenAt.entries()) filter.writeUInt32LE(token.readUInt32LE(part * 4), offset)
    koffi.struct('sock_fprog', { len: 'uint16_t', filter: 'const void *' })
    const install = systemCall('int64', 'int64', 'const sock_fprog *')
    checked(
      'seccomp',
      install(calls.seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, {
        len: filter.length / 8,
        filter,
      }),
    )
    return [token.readBigUInt64LE(0), token.readBigUInt64LE(8)]
  }
}

/** If the machine runs out of memory, the kernel kills this process first and not its parent. */
function makeFirstVictim(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Not allowed.
  }
}

/** @returns null if the path does not exist, or if this process cannot reach it */
function openPath(path: string): number | null {
  try {
    return openSync(path, O_PATH)
  } catch {
    return null
  }
}

try {
  launch(JSON.parse(process.argv[2] ?? '') as LaunchPlan)
} catch (error) {
  writeSync(2, `The sandbox of the render process failed: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
