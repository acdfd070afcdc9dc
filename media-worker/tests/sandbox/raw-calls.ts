import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

import type * as Koffi from 'koffi'

import { loadNativeCalls } from '../../src/sandbox/native-calls.ts'
import { numberOf, type SystemCall } from '../../src/sandbox/system-calls.ts'

/** System calls as a compromised decoder makes them, without the checks of Node. */

const native = loadNativeCalls()
if (!native) throw new Error('This machine has no koffi')
const { architecture } = native
export const koffiModule = native.module
const koffi = createRequire(import.meta.url)(koffiModule) as typeof Koffi
const libc = koffi.load(null)

const names: Record<number, string> = { 1: 'EPERM', 2: 'ENOENT', 9: 'EBADF', 13: 'EACCES', 14: 'EFAULT', 38: 'ENOSYS' }

class CallError extends Error {
  readonly code: string
  constructor(errno: number) {
    super(`errno ${errno}`)
    this.code = names[errno] ?? this.message
  }
}

/** A system call whose arguments are numbers. Missing arguments are 0. */
export function call(name: SystemCall, ...values: (number | bigint)[]): void {
  callWith(name, ['int64', 'int64', 'int64', 'int64', 'int64', 'int64'], ...[...values, 0, 0, 0, 0, 0, 0].slice(0, 6))
}

/** @param types of C, one for each argument */
export function callWith(name: SystemCall, types: string[], ...values: unknown[]): void {
  const number = numberOf(name, architecture)
  // Where the architecture lacks the call, nobody can make it.
  if (number === null) throw new CallError(38)
  callNumber(number, types, ...values)
}

export function callNumber(number: number, types: string[] = [], ...values: unknown[]): void {
  const result: unknown = libc.func('syscall', 'long', ['long', ...types])(number, ...values)
  if (Number(result) < 0) throw new CallError(koffi.errno())
}

/** Runs code in a new thread. */
export async function inThread(code: string): Promise<unknown> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads'), fs = require('node:fs')
     const run = () => { ${code} }
     try { parentPort.postMessage({ result: run() }) } catch ({ code }) { parentPort.postMessage({ code }) }`,
    { eval: true },
  )
  const [{ result, code: failed }] = (await once(worker, 'message')) as [{ result?: unknown; code?: string }]
  await worker.terminate()
  if (failed !== undefined) throw Object.assign(new Error(failed), { code: failed })
  return result
}
