import { fork, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { RequeueError, PermanentError, TransientError, type PictureFailureCode } from '@likeness/media-jobs'

import type { PictureRequest, RenderedPicture } from '../picture/rendered-picture.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { lowerPriority } from './priority.ts'

/** A message from a render process. `refused`: a PictureError, with the decoder's words as its cause; `failed`: an error that the picture did not cause. */
export type RenderAnswer =
  | { kind: 'ready' }
  | { kind: 'rendered'; picture: RenderedPicture }
  | { kind: 'refused'; code: PictureFailureCode; reason: string; cause?: string }
  | { kind: 'failed'; reason: string }

/**
 * The render process crashed, hung or used too much memory; a retry may succeed. `cause` is its last output, for the log
 * only.
 */
export class RenderCrashError extends Error {
  override readonly name = 'RenderCrashError'
}

export interface RenderLimits {
  /**
   * Limit of the CPU time of a picture, in milliseconds. CPU time, so that a busy or suspended machine fails no picture. A
   * picture that exceeds it would exceed it again, so it fails at once. On systems without /proc, it limits the duration.
   */
  cpuMs: number
  /** Limit of the duration, in milliseconds. A process that exceeds it hangs; a retry may succeed. */
  durationMs: number
  memoryBytes: number
}

export interface RenderChild {
  /**
   * Renders one picture at a time.
   *
   * @throws PermanentError when the picture cannot be rendered or needs too much CPU time, RenderCrashError when the
   *   process crashes or hangs, RequeueError when aborted, TransientError when the process could not start and for other
   *   errors
   */
  render(request: PictureRequest, aborted: AbortSignal, limits: RenderLimits): Promise<RenderedPicture>
  isAlive(): boolean
  residentBytes(): Promise<number>
  /** Kills the process and waits for its exit. */
  end(): Promise<void>
}

const START_MS = 30_000
const CHECK_MS = 200
const STDERR_CHARACTERS = 500

/**
 * Two threads, so that an upload can use two idle cores. One malloc arena for both, so that a thread reuses memory that the
 * other one freed (measured: a sixth less memory than with two arenas, at the same CPU).
 */
const renderEnvironment = { MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '2', VIPS_CONCURRENCY: '1' }

/**
 * The process collects its garbage after each picture. Besides the pixels, new objects take only a few kilobytes.
 */
const garbageOptions = ['--expose-gc', '--max-semi-space-size=4']

const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js'

/** The program of the render process. */
export const renderProgram = fileURLToPath(new URL(`./render-process${EXTENSION}`, import.meta.url))

export interface RenderChildOptions {
  /** Where the process runs. */
  sandbox: Sandbox
  /** Niceness, 0 to 19; default 0. */
  niceness?: number
  /** Folder of Node's compile cache, which shortens the start. */
  compileCache?: string | undefined
}

/** Starts a render process. It ends with this process. */
export function startRenderChild(
  program: string,
  { sandbox, niceness = 0, compileCache }: RenderChildOptions,
): RenderChild {
  const { path, args, execArgv, env } = sandbox.forkArguments({
    path: program,
    nodeOptions: garbageOptions,
    // Only the necessary variables, and none of this process's secrets.
    environment: { ...renderEnvironment, ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }) },
  })
  const child = fork(path, args, {
    cwd: dirname(program),
    execArgv,
    env,
    // The launcher of the sandbox passes these on.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
  const stderr = tailOf(child)
  const ready = becomesReady(child, ended, { niceness, stderr })
  // The first render throws this error. Until then it must not be an unhandled rejection.
  ready.catch(() => undefined)

  return {
    render: async (request, aborted, limits) => {
      await ready
      let killedFor: Error | null = null
      const kill = (reason: Error): void => {
        killedFor ??= reason
        child.kill('SIGKILL')
      }
      const unwatch = watch(child, limits, aborted, kill)
      try {
        const answered = await Promise.race([ask(child, request), ended])
        if (typeof answered === 'string')
          throw killedFor ?? new RenderCrashError(`The render process ended with ${answered}.`, { cause: stderr() })
        return pictureOf(answered)
      } finally {
        unwatch()
      }
    },
    // A killed process counts as dead, although its exit event comes later.
    isAlive: () => !child.killed && child.exitCode === null && child.signalCode === null && child.connected,
    residentBytes: () => residentBytes(child.pid),
    end: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function becomesReady(
  child: ChildProcess,
  ended: Promise<string>,
  { niceness, stderr }: { niceness: number; stderr: () => string },
): Promise<void> {
  // A timer and not p-timeout, because the limit kills the process.
  const limit = setTimeout(() => child.kill('SIGKILL'), START_MS)
  // Called at once, because the start needs CPU too, and again for the threads that the process has after its start.
  const applyNiceness = (): void => {
    if (niceness > 0 && child.pid !== undefined) lowerPriority(child.pid, niceness)
  }
  try {
    applyNiceness()
    const answered = await Promise.race([nextAnswer(child), ended])
    if (typeof answered === 'string')
      throw new TransientError('The render process did not start.', { cause: `${answered}: ${stderr()}` })
    applyNiceness()
  } finally {
    clearTimeout(limit)
  }
}

async function ask(child: ChildProcess, request: PictureRequest): Promise<RenderAnswer> {
  const answered = nextAnswer(child)
  // If the request cannot be sent, the process is exiting, and its exit settles the render.
  child.send(request, () => undefined)
  return answered
}

function nextAnswer(child: ChildProcess): Promise<RenderAnswer> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as RenderAnswer)))
}

function pictureOf(answered: RenderAnswer): RenderedPicture {
  if (answered.kind === 'rendered') return answered.picture
  if (answered.kind === 'refused') throw new PermanentError(answered.code, answered.reason, { cause: answered.cause })
  throw new TransientError('An internal error occurred during the rendering. The picture did not cause it.', {
    cause: answered.kind === 'failed' ? answered.reason : 'The render process sent an unexpected message',
  })
}

/**
 * Kills the process when it exceeds a limit, or on abort. The limit of the duration is a timer and not p-timeout, because it
 * kills the process, whose exit then settles the render.
 */
function watch(
  child: ChildProcess,
  { cpuMs, durationMs, memoryBytes }: RenderLimits,
  aborted: AbortSignal,
  kill: (reason: Error) => void,
): () => void {
  let watching = true
  const tooLong = new PermanentError('render-timeout', `The rendering took longer than ${cpuMs / 1_000} s.`)
  const hung = new RenderCrashError(`The rendering did not end within ${durationMs / 1_000} s.`)
  const usedBefore = cpuMsOf(child.pid)
  const check = async (): Promise<void> => {
    const [before, used, bytes] = await Promise.all([usedBefore, cpuMsOf(child.pid), residentBytes(child.pid)])
    // The measurement may end after the picture, when the process may already be rendering the next one.
    if (!watching) return
    if (before !== null && used !== null && used - before > cpuMs) kill(tooLong)
    if (bytes > memoryBytes)
      kill(new RenderCrashError(`The rendering used more than ${Math.round(memoryBytes / 1_048_576)} MB of memory.`))
  }
  const checks = setInterval(() => void check(), CHECK_MS)
  const durationLimit = setTimeout(() => kill(hung), durationMs)
  let cpuLimit: NodeJS.Timeout | undefined
  void usedBefore.then((used) => {
    if (used === null && watching) cpuLimit = setTimeout(() => kill(tooLong), cpuMs)
  })
  const onAbort = (): void => kill(new RequeueError('The worker is stopping'))
  aborted.addEventListener('abort', onAbort)
  if (aborted.aborted) onAbort()
  return () => {
    watching = false
    clearTimeout(cpuLimit)
    clearTimeout(durationLimit)
    clearInterval(checks)
    aborted.removeEventListener('abort', onAbort)
  }
}

/** From Linux's /proc; 0 on other systems, where the memory limit does not apply. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024
}

/** The unit of the times in /proc, USER_HZ, which is 100 a second on every platform of Linux that Node supports. */
const TICK_MS = 10

/** The CPU time of a process and all its threads, in milliseconds; null on systems without /proc. */
async function cpuMsOf(pid: number | undefined): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  // The name of the program is in parentheses and can contain spaces; utime and stime are the fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return Number.isFinite(ticks) ? ticks * TICK_MS : null
}

function tailOf(child: ChildProcess): () => string {
  let tail = ''
  child.stderr?.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-STDERR_CHARACTERS)))
  return () => tail
}
