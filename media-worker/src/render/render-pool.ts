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
 * Maximum resident memory of an idle process. Measured after JPEG, AVIF and HEIC of up to 48 megapixels: up to 185 MB.
 */
const IDLE_BYTES = 256 * 1_048_576

export interface RenderPool {
  /**
   * Waits for a free process and renders as `RenderChild` does.
   *
   * @param cpuMs limit of the CPU time of this picture; default: the pool's limit
   */
  render(request: PictureRequest, aborted: AbortSignal, cpuMs?: number): Promise<RenderedPicture>
  /** Starts a process before its picture arrives, if no process is idle and the pool is not full. */
  prepare(): void
  /** Changes the number of processes and their memory limit. A superfluous process ends after its picture. */
  resize(size: number, memoryBytes: number): void
  processes(): number
  /** Resident memory of all processes together; 0 on systems without /proc. */
  residentBytes(): Promise<number>
  /** Kills every process and waits for their exits. */
  close(): Promise<void>
}

export interface RenderPoolOptions extends RenderLimits, RenderChildOptions {
  /** Maximum number of processes. */
  size: number
  /**
   * Milliseconds after which an idle process ends. If set, processes start on demand. If unset, all processes start with
   * the pool and stay.
   */
  idleMs?: number
  logger: Logger
  onRestart: () => void
  /** The program of the processes; default: the render process. */
  program?: string
}

/**
 * A pool of render processes, each of which renders one picture at a time. A process that dies affects only its own
 * picture and is replaced.
 */
export function createRenderPool(options: RenderPoolOptions): RenderPool {
  const { logger, onRestart, idleMs, program = renderProgram } = options
  let { size, memoryBytes } = options
  const all = new Set<RenderChild>()
  const idle: RenderChild[] = []
  const endings = new Map<RenderChild, NodeJS.Timeout>()
  const exits = new Set<Promise<void>>()
  const waiting: ((child: RenderChild) => void)[] = []
  /** Number of processes that wait for the end of a pause before they are replaced. */
  let paused = 0
  let closed = false

  const fill = (): void => {
    if (closed) return
    const room = size - all.size - paused
    const wanted = idleMs === undefined ? room : Math.min(room, waiting.length)
    for (let count = 0; count < wanted; count++) begin()
  }
  const begin = (): void => {
    let child: RenderChild
    try {
      child = startRenderChild(program, options)
    } catch (error) {
      // The machine lacks memory for a process. The pictures wait for a later start.
      logger.warn({ event: 'render-process.not-started', error })
      return void fillAfterPause()
    }
    all.add(child)
    release(child)
  }
  const fillAfterPause = async (): Promise<void> => {
    paused += 1
    await sleep(RESTART_PAUSE_MS)
    paused -= 1
    fill()
  }
  const release = (child: RenderChild): void => {
    if (all.size > size) return retire(child)
    const next = waiting.shift()
    if (next) return next(child)
    idle.push(child)
    if (idleMs !== undefined) endings.set(child, setTimeout(() => retire(child), idleMs).unref())
  }
  /** Ends a process that still uses much memory, because that memory would count towards the next picture's limit. */
  const releaseOrRetire = async (child: RenderChild): Promise<void> => {
    const startedAt = performance.now()
    const isLarge = (await child.residentBytes()) > Math.max(memoryBytes / 2, IDLE_BYTES)
    if (!child.isAlive()) return replace(child, startedAt)
    if (!isLarge) return release(child)
    retire(child)
    fill()
  }
  const retire = (child: RenderChild): void => {
    forget(child)
    const exited = child.end().finally(() => exits.delete(exited))
    exits.add(exited)
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
    if (performance.now() - startedAt < RESTART_PAUSE_MS) void fillAfterPause()
    else fill()
  }
  const acquire = async (aborted: AbortSignal): Promise<RenderChild> => {
    if (aborted.aborted) throw new RequeueError('The worker is stopping')
    const child = idle.pop()
    if (!child) return nextFree(aborted)
    clearTimeout(endings.get(child))
    if (child.isAlive()) return child
    replace(child, 0)
    return acquire(aborted)
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
    render: async (request, aborted, cpuMs = options.cpuMs) => {
      const child = await acquire(aborted)
      const startedAt = performance.now()
      try {
        return await child.render(request, aborted, { cpuMs, durationMs: options.durationMs, memoryBytes })
      } finally {
        if (child.isAlive()) await releaseOrRetire(child)
        else replace(child, startedAt)
      }
    },
    prepare: () => {
      if (!closed && idle.length === 0 && all.size + paused < size) begin()
    },
    resize: (wanted, bytes) => {
      // Under a lower memory limit, idle processes may use too much memory already, so they are replaced.
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
      await Promise.all([...exits, ...[...all].map((child) => child.end())])
    },
  }
}
