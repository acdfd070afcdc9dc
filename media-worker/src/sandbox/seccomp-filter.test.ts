import { describe, expect, it } from '@jest/globals'

import { seccompFilter } from './seccomp-filter.ts'
import { deniedCalls, numberOf, type Architecture, type SystemCall } from './system-calls.ts'

const PID = 4_711
const TOKEN = [0x1111_1111, 0xffff_ffff, 0x3333_3333, 0x4444_4444] as const
const token = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low)
const TOKEN_ARGUMENTS = [0n, 0n, 0n, 0n, token(TOKEN[0], TOKEN[1]), token(TOKEN[2], TOKEN[3])]

const auditNames = { x64: 0xc000_003e, arm64: 0xc000_00b7, i386: 0x4000_0003 }
const [EPERM, EACCES, EEXIST, ENOSYS] = [1, 13, 17, 38]

/** Runs the filter as the kernel does (networking/filter.rst). */
function runFilter(
  architecture: Architecture,
  { namedFiles, as = architecture }: { namedFiles?: boolean; as?: keyof typeof auditNames } = {},
): (number: number, ...values: bigint[]) => string {
  const { program, pidAt, tokenAt } = seccompFilter(architecture, { namedFiles: namedFiles ?? false })
  const bytes = Buffer.from(program, 'base64')
  for (const offset of pidAt) bytes.writeUInt32LE(PID, offset)
  for (const [part, offset] of tokenAt.entries()) bytes.writeUInt32LE(TOKEN[part] ?? 0, offset)
  return (number, ...values) => {
    const data = Buffer.alloc(64)
    data.writeUInt32LE(number, 0)
    data.writeUInt32LE(auditNames[as], 4)
    for (const [index, value] of values.entries()) data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + index * 8)
    let loaded = 0
    for (let at = 0; at < bytes.length; at += 8) {
      const [code, operand] = [bytes.readUInt16LE(at), bytes.readUInt32LE(at + 4)]
      if (code === 0x20) loaded = data.readUInt32LE(operand)
      else if (code === 0x06) return describeAction(operand)
      else {
        const holds = code === 0x15 ? loaded === operand : code === 0x35 ? loaded >= operand : (loaded & operand) !== 0
        at += (holds ? bytes.readUInt8(at + 2) : bytes.readUInt8(at + 3)) * 8
      }
    }
    throw new Error('The filter returned nothing')
  }
}

function describeAction(action: number): string {
  if (action === 0x7fff_0000) return 'allowed'
  return action === 0x8000_0000 ? 'killed' : `error ${action & 0xffff}`
}

describe.each(['x64', 'arm64'] as const)('The filter on %s', (architecture) => {
  const run = runFilter(architecture)
  const result = (call: SystemCall, ...values: (number | bigint)[]): string | null => {
    const number = numberOf(call, architecture)
    return number === null ? null : run(number, ...values.map(BigInt))
  }

  it('denies every call of the list', () => {
    const denied = deniedCalls.filter((call) => numberOf(call, architecture) !== null)
    expect(denied.length).toBeGreaterThan(90)
    expect(denied.filter((call) => result(call) !== `error ${EPERM}`)).toEqual([])
  })

  it('allows other calls', () => {
    // read, write and mmap, then exit_group.
    const others = architecture === 'x64' ? [0, 1, 9, 231] : [63, 64, 222, 94]
    for (const number of others) expect(run(number)).toBe('allowed')
  })

  it('denies calls that are newer than this file, and kills the caller of another architecture', () => {
    expect(run(470)).toBe(`error ${ENOSYS}`)
    expect(run(0x4000_0000)).toBe(`error ${ENOSYS}`)
    expect(runFilter(architecture, { as: 'i386' })(0)).toBe('killed')
  })

  it('allows execve only with the token', () => {
    expect(result('execve', ...TOKEN_ARGUMENTS)).toBe('allowed')
    expect(result('execve')).toBe(`error ${EPERM}`)
    for (const index of [4, 5])
      for (const bit of [1n, 1n << 40n]) {
        const wrong = TOKEN_ARGUMENTS.map((value, at) => (at === index ? value ^ bit : value))
        expect(result('execve', ...wrong)).toBe(`error ${EPERM}`)
      }
  })

  it('allows threads, and neither processes nor namespaces', () => {
    const thread = 0x003d_0f00
    expect(result('clone', thread)).toBe('allowed')
    expect(result('clone', 17)).toBe(`error ${EPERM}`)
    for (const namespace of [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000])
      expect(result('clone', thread | namespace)).toBe(`error ${EPERM}`)
    expect(result('clone3')).toBe(`error ${ENOSYS}`)
  })

  it('allows signals to the process itself', () => {
    for (const call of ['kill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo'] as const) {
      expect(result(call, PID)).toBe('allowed')
      for (const other of [0, 1, -1, -PID]) expect(result(call, other)).toBe(`error ${EPERM}`)
    }
    for (const call of ['prlimit64', 'sched_setaffinity', 'sched_setattr'] as const) {
      expect([result(call, 0), result(call, PID), result(call, 1)]).toEqual(['allowed', 'allowed', `error ${EPERM}`])
    }
  })

  it('allows opening a file for reading, or without a name', () => {
    const [read, write, both, create, truncate, nameless] = [0, 1, 2, 0o100, 0o1_000, 0o20_000_002]
    const forms = { openat: [0, 0], open: [0] } as const
    for (const [call, before] of Object.entries(forms)) {
      const opened = (flags: number): string | null => result(call as keyof typeof forms, ...before, flags)
      if (opened(read) === null) continue
      expect([opened(read), opened(0o2_000_000), opened(nameless)]).toEqual(['allowed', 'allowed', 'allowed'])
      for (const flags of [write, both, create, truncate, 3]) expect(opened(flags)).toBe(`error ${EACCES}`)
    }
    expect(result('openat2')).toBe(`error ${ENOSYS}`)
    expect(result('mkdirat')).toBe(`error ${EEXIST}`)
    expect(result('unlinkat')).toBe(`error ${EPERM}`)
  })

  it('allows files with names where libvips needs them', () => {
    const named = runFilter(architecture, { namedFiles: true })
    for (const call of ['openat', 'unlinkat'] as const)
      expect(named(numberOf(call, architecture) ?? -1, 0n, 0n, 0o102n)).toBe('allowed')
  })

  it('allows ordinary options of prctl, fcntl and ioctl only', () => {
    // PR_SET_NAME, F_SETFL and FIONBIO.
    expect([result('prctl', 15), result('fcntl', 3, 4), result('ioctl', 3, 0x5421)]).toEqual(Array(3).fill('allowed'))
    // PR_SET_PDEATHSIG, F_SETOWN and TIOCSTI.
    const denied = [result('prctl', 1), result('fcntl', 3, 8), result('ioctl', 0, 0x5412)]
    expect(denied).toEqual(Array(3).fill(`error ${EPERM}`))
  })
})
