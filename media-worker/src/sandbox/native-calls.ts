import { createRequire } from 'node:module'

import type * as Koffi from 'koffi'

import { isKnownArchitecture, numberOf, type Architecture } from './system-calls.ts'

/** System calls of Linux that Node does not offer, through koffi. */
export interface NativeCalls {
  architecture: Architecture
  /** The module with which they are made. */
  module: string
  /** The version of Landlock's interface; 0 if the kernel does not have it or it is disabled. */
  landlockVersion: number
  hasSeccomp: boolean
  /**
   * Denies other processes of this user to read the memory, the environment and the open files of this process, and to
   * debug it. The kernel writes no core file of it. Root can still do all of this.
   */
  hideThisProcess(): void
}

const PR_SET_DUMPABLE = 4
const LANDLOCK_CREATE_RULESET_VERSION = 1
const SECCOMP_GET_ACTION_AVAIL = 2
const SECCOMP_RET_ERRNO = 0x0005_0000

const require = createRequire(import.meta.url)

/** @returns null if this is not Linux on x64 or arm64, or if koffi has no binary for this machine */
export function loadNativeCalls(): NativeCalls | null {
  const { arch, platform } = process
  if (platform !== 'linux' || !isKnownArchitecture(arch)) return null
  const found = loadKoffi()
  if (!found) return null
  const libc = found.koffi.load(null)
  const call = (name: 'landlock_create_ruleset' | 'seccomp' | 'prctl', types: string[], ...values: unknown[]): number =>
    libc.func('syscall', 'long', ['long', ...types])(numberOf(name, arch), ...values) as number
  const action = Buffer.alloc(4)
  action.writeUInt32LE(SECCOMP_RET_ERRNO)
  return {
    architecture: arch,
    module: found.module,
    landlockVersion: Math.max(
      0,
      call('landlock_create_ruleset', ['void *', 'int64', 'int64'], null, 0, LANDLOCK_CREATE_RULESET_VERSION),
    ),
    hasSeccomp: call('seccomp', ['int64', 'int64', 'const void *'], SECCOMP_GET_ACTION_AVAIL, 0, action) === 0,
    hideThisProcess: () => {
      call('prctl', ['int64', 'int64', 'int64', 'int64', 'int64'], PR_SET_DUMPABLE, 0, 0, 0, 0)
    },
  }
}

/**
 * koffi's binary is in a package of its own. Loading this package takes 4 ms; loading koffi, which searches for it, takes
 * 17 ms.
 */
function loadKoffi(): { koffi: typeof Koffi; module: string } | null {
  for (const name of [`@koromix/koffi-${process.platform}-${process.arch}`, 'koffi']) {
    try {
      const module = require.resolve(name)
      return { koffi: require(module) as typeof Koffi, module }
    } catch {
      // Not installed, or not for this C library.
    }
  }
  return null
}
