import { fork, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { GivenBackError, PermanentError, TransientError } from '@likeness/media-jobs'

import type { PictureRequest, RenderedPicture } from '../picture/rendered-picture.ts'
import { lowerPriority } from './priority.ts'

/** What a render process says. `failed` is not the picture's fault. */
export type RenderAnswer =
  | { kind: 'ready' }
  | { kind: 'rendered'; picture: RenderedPicture }
  | { kind: 'refused'; code: string; reason: string }
  | { kind: 'failed'; reason: string }

/**
 * The process died over a picture, or took too much memory for it: nobody knows yet whether it would do so again. What
 * it said last is the cause, for the log alone.
 */
export class RenderCrashError extends Error {
  override readonly name: string = 'RenderCrashError'
  /** What the version fails with, when it was the last time. */
  readonly code: string = 'render-crashed'
}

/** The process was killed for taking too long: on a machine that was busy or asleep the next may not. */
class RenderTimeoutError extends RenderCrashError {
  override readonly name = 'RenderTimeoutError'
  override readonly code = 'render-timeout'
}

export interface RenderLimits {
  timeoutMs: number
  memoryBytes: number
}

export interface RenderChild {
  /**
   * Renders one picture; one at a time.
   *
   * @throws PermanentError when the picture is at fault, RenderCrashError when the process dies over it or takes too
   *   long, GivenBackError when aborted, TransientError when the process could not start or something else is at fault
   */
  render(request: PictureRequest, aborted: AbortSignal, limits: RenderLimits): Promise<RenderedPicture>
  isAlive(): boolean
  residentBytes(): Promise<number>
  /** Kills it and waits until it is gone. */
  end(): Promise<void>
}

const START_MS = 30_000
const MEMORY_LOOK_MS = 200
const STDERR_CHARACTERS = 500

/**
 * Two threads, so that an upload has two cores where they are idle; one arena for both, as what one of them gives back
 * the other takes (measured: a sixth less memory than with two, at the same CPU).
 */
const renderEnvironment = { MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '2', VIPS_CONCURRENCY: '1' }

/** It collects its garbage itself, after each picture; what is young is a few kilobytes beside the pixels. */
const garbageOptions = ['--expose-gc', '--max-semi-space-size=4']

/** In source mode the process is TypeScript as well; built, both are JavaScript. */
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const sourceMode = ['--conditions=source', '--import', 'tsx']

/** The file of the process that renders. */
export const renderProgram = fileURLToPath(new URL(`./render-process${EXTENSION}`, import.meta.url))

export interface RenderChildOptions {
  /** How much it gives way to other processes, 0–19; 0 unless told. */
  niceness?: number
  /** The folder of Node's compile cache, which shortens the start. */
  compileCache?: string | undefined
}

/** Starts a process that renders pictures. It dies with this one. */
export function startRenderChild(
  program: string,
  { niceness = 0, compileCache }: RenderChildOptions = {},
): RenderChild {
  const child = fork(program, [], {
    cwd: dirname(program),
    execArgv: [...garbageOptions, ...(program.endsWith('.ts') ? sourceMode : [])],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // No more than it needs: above all none of this process's secrets.
    env: { ...renderEnvironment, ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }) },
  })
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
  const stderr = tailOf(child)
  const ready = becomesReady(child, gone, niceness)
  // Whoever renders first is told; until then nobody listens.
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
        const answered = await Promise.race([ask(child, request), gone])
        if (typeof answered === 'string')
          throw killedFor ?? new RenderCrashError(`Died: ${answered}`, { cause: stderr() })
        return pictureOf(answered)
      } finally {
        unwatch()
      }
    },
    // Killed is as good as dead: its end is told only later.
    isAlive: () => !child.killed && child.exitCode === null && child.signalCode === null && child.connected,
    residentBytes: () => residentBytes(child.pid),
    end: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function becomesReady(child: ChildProcess, gone: Promise<string>, niceness: number): Promise<void> {
  const limit = setTimeout(() => child.kill('SIGKILL'), START_MS)
  // At once, for starting costs time too, and once more with the threads that it has then.
  const giveWay = (): void => {
    if (niceness > 0 && child.pid !== undefined) lowerPriority(child.pid, niceness)
  }
  try {
    giveWay()
    const said = await Promise.race([nextAnswer(child), gone])
    if (typeof said === 'string') throw new TransientError('The render process did not start', { cause: said })
    giveWay()
  } finally {
    clearTimeout(limit)
  }
}

async function ask(child: ChildProcess, request: PictureRequest): Promise<RenderAnswer> {
  const answered = nextAnswer(child)
  // When it cannot be sent, the process is going; its end is what tells.
  child.send(request, () => undefined)
  return answered
}

function nextAnswer(child: ChildProcess): Promise<RenderAnswer> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as RenderAnswer)))
}

function pictureOf(answered: RenderAnswer): RenderedPicture {
  if (answered.kind === 'rendered') return answered.picture
  if (answered.kind === 'refused') throw new PermanentError(answered.code, answered.reason)
  throw new TransientError('The picture could not be rendered', {
    cause: answered.kind === 'failed' ? answered.reason : 'The render process started anew',
  })
}

/** Kills the process when it takes too long or too much, or is to stop. */
function watch(
  child: ChildProcess,
  { timeoutMs, memoryBytes }: RenderLimits,
  aborted: AbortSignal,
  kill: (reason: Error) => void,
): () => void {
  let watching = true
  const tooLong = `It took longer than ${timeoutMs / 1_000} s`
  const limit = setTimeout(() => kill(new RenderTimeoutError(tooLong)), timeoutMs)
  const look = setInterval(() => {
    void residentBytes(child.pid).then((bytes) => {
      // The look may end after the picture: by then the process may have another.
      if (watching && bytes > memoryBytes)
        kill(new RenderCrashError(`It took more than ${memoryBytes} bytes of memory`))
    })
  }, MEMORY_LOOK_MS)
  const onAbort = (): void => kill(new GivenBackError('The worker stops'))
  aborted.addEventListener('abort', onAbort)
  if (aborted.aborted) onAbort()
  return () => {
    watching = false
    clearTimeout(limit)
    clearInterval(look)
    aborted.removeEventListener('abort', onAbort)
  }
}

/** From Linux's /proc; 0 where there is none, and the limit is not kept. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024
}

function tailOf(child: ChildProcess): () => string {
  let tail = ''
  child.stderr?.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-STDERR_CHARACTERS)))
  return () => tail
}
