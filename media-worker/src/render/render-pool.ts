import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@likeness/service-kit'
import type { PictureRequest, RenderedPicture } from '../picture/rendered-picture.ts'
import { renderProgram, startRenderChild, type RenderChild, type RenderLimits } from './render-child.ts'

/** A process that cannot start is not started again at once. */
const RESTART_PAUSE_MS = 1_000

export interface RenderPool {
  /** As RenderChild's; waits for a process that is free. */
  render(request: PictureRequest, aborted: AbortSignal, timeoutMs?: number): Promise<RenderedPicture>
  /** Kills every process and waits until they are gone. */
  close(): Promise<void>
}

export interface RenderPoolOptions extends RenderLimits {
  /** Processes, all of them started ahead. */
  size: number
  logger: Logger
  onRestart: () => void
  /** The file to run in place of the process that renders. */
  program?: string
}

/**
 * Keeps processes that render, one picture at a time each. One that dies takes only its picture with it, and another
 * is started in its place.
 */
export function createRenderPool(options: RenderPoolOptions): RenderPool {
  const { size, logger, onRestart, program = renderProgram } = options
  const start = (): RenderChild => startRenderChild(program, options)
  const all = new Set<RenderChild>()
  const idle: RenderChild[] = []
  const waiting: ((child: RenderChild) => void)[] = []
  let closed = false

  const giveBack = (child: RenderChild): void => {
    const next = waiting.shift()
    if (next) next(child)
    else idle.push(child)
  }
  const add = (): void => {
    const child = start()
    all.add(child)
    giveBack(child)
  }
  const replace = async (child: RenderChild, startedAt: number): Promise<void> => {
    all.delete(child)
    onRestart()
    logger.warn({ event: 'render-process.replaced' })
    if (performance.now() - startedAt < RESTART_PAUSE_MS) await sleep(RESTART_PAUSE_MS)
    if (!closed) add()
  }
  const take = (): Promise<RenderChild> => {
    const child = idle.shift()
    if (!child) return new Promise((resolve) => waiting.push(resolve))
    if (child.isAlive()) return Promise.resolve(child)
    void replace(child, 0)
    return take()
  }

  for (let count = 0; count < size; count++) add()

  return {
    render: async (request, aborted, timeoutMs) => {
      const child = await take()
      const startedAt = performance.now()
      try {
        return await child.render(request, aborted, timeoutMs)
      } finally {
        if (child.isAlive()) giveBack(child)
        else void replace(child, startedAt)
      }
    },
    close: async () => {
      closed = true
      await Promise.all([...all].map((child) => child.end()))
    },
  }
}
