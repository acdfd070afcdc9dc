import {
  allow,
  ARCHITECTURE,
  argument,
  assemble,
  fail,
  ifAnyBit,
  ifAtLeast,
  ifEqual,
  ifEqualLater,
  killProcess,
  load,
  NUMBER,
  offsetsOf,
  unlessEqual,
  upperHalf,
  type Instruction,
} from './bpf.ts'
import { deniedCalls, NEWEST_CALL, numberOf, type Architecture, type SystemCall } from './system-calls.ts'

/** A filter, with the places at which the launcher inserts what only the launcher knows. */
export interface SeccompFilter {
  /** An array of struct sock_filter, in base64. */
  program: string
  /** Offsets of the process id, 32 bits each. */
  pidAt: number[]
  /** Offsets of the four parts of the token, 32 bits each. */
  tokenAt: number[]
}

/** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 (linux/audit.h). */
const auditArchitectures: Record<Architecture, number> = { x64: 0xc000_003e, arm64: 0xc000_00b7 }

const EPERM = 1
const EACCES = 13
const EEXIST = 17
const ENOSYS = 38

/** CLONE_THREAD, and the flags that create a namespace (linux/sched.h). */
const CLONE_THREAD = 0x0001_0000
const CLONE_NEW_ANY = 0x7e02_0000

/** O_ACCMODE without O_RDONLY, O_CREAT and O_TRUNC; the bit that only O_TMPFILE has (asm-generic/fcntl.h). */
const O_WRITE_ANY = 0o3 | 0o100 | 0o1_000
const O_TMPFILE_BIT = 0o20_000_000

/** PR_SET_PDEATHSIG, PR_SET_MM and PR_SET_PTRACER (linux/prctl.h). */
const deniedPrctls = [1, 35, 0x5961_6d61]
/** F_SETOWN, F_SETSIG, F_SETOWN_EX, which direct a signal to another process, and F_SETLEASE and F_NOTIFY. */
const deniedFcntls = [8, 10, 15, 1_024, 1_026]
/** FIOSETOWN and SIOCSPGRP; TIOCSTI and TIOCLINUX, which type into a terminal; FS_IOC_SETFLAGS and FS_IOC_FSSETXATTR. */
const deniedIoctls = [0x8901, 0x8902, 0x5412, 0x541c, 0x4008_6602, 0x401c_5820]

/**
 * The filter of a render process. It allows every call that is not listed here, because Node and libvips make other calls
 * with each version. It denies calls by which a process leaves itself: network, programs, other processes, changes of files,
 * and parts of the kernel that rendering does not need.
 *
 * @param options.namedFiles whether libvips must create temporary files with a name. Without names, no file can be opened
 *   for writing, except with O_TMPFILE, which creates a file that nobody else can open.
 */
export function seccompFilter(architecture: Architecture, { namedFiles }: { namedFiles: boolean }): SeccompFilter {
  const when = (call: SystemCall, then: readonly Instruction[]): Instruction[] => {
    const number = numberOf(call, architecture)
    return number === null ? [] : ifEqual(number, then)
  }
  const program = [
    load(ARCHITECTURE),
    // A call with the numbers of another architecture, for example of 32 bits.
    ...unlessEqual(auditArchitectures[architecture], [killProcess]),
    load(NUMBER),
    // The calls of the x32 architecture have a high bit.
    ...ifAtLeast(NEWEST_CALL + 1, [fail(ENOSYS)]),
    ...(namedFiles ? [] : [...when('openat', openForReading(2)), ...when('open', openForReading(1))]),
    ...when('clone', [
      load(argument(0)),
      ...ifAnyBit(CLONE_NEW_ANY, [fail(EPERM)]),
      ...ifAnyBit(CLONE_THREAD, [allow]),
      fail(EPERM),
    ]),
    // Its flags are in memory, which a filter cannot read. The C library then calls clone.
    ...when('clone3', [fail(ENOSYS)]),
    // Its flags are in memory too.
    ...when('openat2', [fail(ENOSYS)]),
    ...when('execve', onlyWithToken()),
    ...(['kill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo'] as const).flatMap((call) =>
      when(call, [load(argument(0)), ...ifEqualLater('pid', [allow]), fail(EPERM)]),
    ),
    ...(['prlimit64', 'sched_setaffinity', 'sched_setscheduler', 'sched_setparam', 'sched_setattr'] as const).flatMap(
      (call) => when(call, [load(argument(0)), ...ifEqual(0, [allow]), ...ifEqualLater('pid', [allow]), fail(EPERM)]),
    ),
    ...when('prctl', anyExcept(0, deniedPrctls)),
    ...when('fcntl', anyExcept(1, deniedFcntls)),
    ...when('ioctl', anyExcept(1, deniedIoctls)),
    // Node creates the folder of its compile cache, and accepts that it exists.
    ...(['mkdir', 'mkdirat'] as const).flatMap((call) => when(call, [fail(EEXIST)])),
    ...deniedCalls.flatMap((call) => when(call, [fail(EPERM)])),
    ...(namedFiles ? [] : (['unlink', 'unlinkat'] as const).flatMap((call) => when(call, [fail(EPERM)]))),
    allow,
  ]
  return {
    program: assemble(program).toString('base64'),
    pidAt: offsetsOf(program, 'pid'),
    tokenAt: [0, 1, 2, 3].flatMap((part) => offsetsOf(program, `token${part}`)),
  }
}

function openForReading(flags: number): Instruction[] {
  return [load(argument(flags)), ...ifAnyBit(O_TMPFILE_BIT, [allow]), ...ifAnyBit(O_WRITE_ANY, [fail(EACCES)]), allow]
}

function anyExcept(index: number, values: readonly number[]): Instruction[] {
  return [load(argument(index)), ...values.flatMap((value) => ifEqual(value, [fail(EPERM)])), allow]
}

/**
 * Exactly one program can be executed: the one that the launcher executes. The launcher passes a random token of 128 bits
 * in registers that execve does not use. The token is lost with the launcher's memory, so the process that follows cannot
 * pass it again. The first four registers are not used, because an audit of the kernel logs them.
 */
function onlyWithToken(): Instruction[] {
  const parts = [argument(4), upperHalf(argument(4)), argument(5), upperHalf(argument(5))]
  const allowed = parts.reduceRight<Instruction[]>(
    (then, offset, part) => [load(offset), ...ifEqualLater(`token${part}`, then)],
    [allow],
  )
  return [...allowed, fail(EPERM)]
}
