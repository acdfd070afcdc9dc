import { setTimeout as sleep } from 'node:timers/promises'

import { RequeueError } from '@likeness/media-jobs'
import type { Logger } from '@likeness/service-kit/process'

import type { PictureRequest, RenderedPicture } from '../picture/rendered-picture.ts'
import {
  renderProgram,
  startRenderChild,
  type RenderChild,
  type RenderChildOptions,
  type RenderLimits,
} from './render-child.ts'

/** Pause before replacing a process that died at its start. */
const RESTART_PAUSE_MS = 1_000

/**
 * Resident memory that an idle process may keep. After JPEG, AVIF and HEIC of up to 48 megapixels it was up to 185 MB.
 */
const RESTING_BYTES = 256 * 1_048_576

export interface RenderPool {
  /**
   * Waits for a free process and renders as `RenderChild` does.
   *
   * @param timeoutMs limit for this picture; default: the pool's limit
   */
  render(request: PictureRequest, aborted: AbortSignal, timeoutMs?: number): Promise<RenderedPicture>
  /** Starts a process before its picture arrives, if none is free and the pool has room. */
  prepare(): void
  /** Changes the number of processes and their memory limit. A superfluous process ends after its picture. */
  resize(size: number, memoryBytes: number): void
  processes(): number
  /** Of all its processes together; 0 on systems without /proc. */
  residentBytes(): Promise<number>
  /** Kills every process and waits for their exits. */
  close(): Promise<void>
}

export interface RenderPoolOptions extends RenderLimits, RenderChildOptions {
  /** Maximum number of processes. */
  size: number
  /**
   * Milliseconds after which an idle process ends; processes then start on demand. Undefined: all processes start at
   * once and stay.
   */
  idleMs?: number
  /** Factor for the time limits, because these processes have a lower priority. */
  timeoutFactor?: number
  logger: Logger
  onRestart: () => void
  /** The program of the processes; default: the render process. */
  program?: string
}

/**
 * A pool of render processes with one picture at a time each. A process that dies affects only its picture and is
 * replaced.
 */
export function createRenderPool(options: RenderPoolOptions): RenderPool {
  const { logger, onRestart, idleMs, timeoutFactor = 1, program = renderProgram } = options
  let { size, memoryBytes } = options
  const all = new Set<RenderChild>()
  const idle: RenderChild[] = []
  const endings = new Map<RenderChild, NodeJS.Timeout>()
  const leaving = new Set<Promise<void>>()
  const waiting: ((child: RenderChild) => void)[] = []
  /** Places that stay empty during a pause. */
  let pausing = 0
  let closed = false

  const fill = (): void => {
    if (closed) return
    const room = size - all.size - pausing
    const wanted = idleMs === undefined ? room : Math.min(room, waiting.length)
    for (let count = 0; count < wanted; count++) begin()
  }
  const begin = (): void => {
    let child: RenderChild
    try {
      child = startRenderChild(program, options)
    } catch (error) {
      // The machine lacks memory for a process. The waiting pictures keep waiting.
      logger.warn({ event: 'render-process.not-started', error })
      return void keepEmpty()
    }
    all.add(child)
    release(child)
  }
  const keepEmpty = async (): Promise<void> => {
    pausing += 1
    await sleep(RESTART_PAUSE_MS)
    pausing -= 1
    fill()
  }
  const release = (child: RenderChild): void => {
    if (all.size > size) return retire(child)
    const next = waiting.shift()
    if (next) return next(child)
    idle.push(child)
    if (idleMs !== undefined) endings.set(child, setTimeout(() => retire(child), idleMs).unref())
  }
  /** Ends a process that kept too much memory, because it would count against the next picture's limit. */
  const releaseOrRetire = async (child: RenderChild): Promise<void> => {
    const startedAt = performance.now()
    const isLarge = (await child.residentBytes()) > Math.max(memoryBytes / 2, RESTING_BYTES)
    if (!child.isAlive()) return replace(child, startedAt)
    if (!isLarge) return release(child)
    retire(child)
    fill()
  }
  const retire = (child: RenderChild): void => {
    forget(child)
    const gone = child.end().finally(() => leaving.delete(gone))
    leaving.add(gone)
  }
  const forget = (child: RenderChild): void => {
    all.delete(child)
    if (idle.includes(child)) idle.splice(idle.indexOf(child), 1)
    clearTimeout(endings.get(child))
    endings.delete(child)
  }
  const replace = (child: RenderChild, startedAt: number): void => {
    forget(child)
    if (closed) return
    onRestart()
    logger.warn({ event: 'render-process.replaced' })
    if (performance.now() - startedAt < RESTART_PAUSE_MS) void keepEmpty()
    else fill()
  }
  const take = async (aborted: AbortSignal): Promise<RenderChild> => {
    if (aborted.aborted) throw new RequeueError('The worker is stopping')
    const child = idle.pop()
    if (!child) return nextFree(aborted)
    clearTimeout(endings.get(child))
    if (child.isAlive()) return child
    replace(child, 0)
    return take(aborted)
  }
  const nextFree = (aborted: AbortSignal): Promise<RenderChild> =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(onFree), 1)
        reject(new RequeueError('The worker is stopping'))
      }
      const onFree = (child: RenderChild): void => {
        aborted.removeEventListener('abort', giveUp)
        resolve(child)
      }
      aborted.addEventListener('abort', giveUp)
      waiting.push(onFree)
      fill()
    })

  fill()

  return {
    render: async (request, aborted, timeoutMs = options.timeoutMs) => {
      const child = await take(aborted)
      const startedAt = performance.now()
      try {
        return await child.render(request, aborted, { timeoutMs: timeoutMs * timeoutFactor, memoryBytes })
      } finally {
        if (child.isAlive()) await releaseOrRetire(child)
        else replace(child, startedAt)
      }
    },
    prepare: () => {
      if (!closed && idle.length === 0 && all.size + pausing < size) begin()
    },
    resize: (wanted, bytes) => {
      // Under a lower memory limit, the memory that idle processes kept may be too much.
      const kept = bytes < memoryBytes ? 0 : wanted
      size = wanted
      memoryBytes = bytes
      while (all.size > kept && idle[0]) retire(idle[0])
      fill()
    },
    processes: () => all.size,
    residentBytes: async () => {
      const each = await Promise.all([...all].map((child) => child.residentBytes()))
      return each.reduce((sum, bytes) => sum + bytes, 0)
    },
    close: async () => {
      closed = true
      await Promise.all([...leaving, ...[...all].map((child) => child.end())])
    },
  }
}
