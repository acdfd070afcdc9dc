import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

import { renderEnvironment } from '../render-environment.ts'
import { repository } from '../repository.ts'

/** Processes that only run the pipeline. */
export interface BarePipeline {
  pids: number[]
  /**
   * Renders pictures. Each process takes the next picture as soon as it is free.
   *
   * @returns the times at which the pictures were done, in milliseconds, in order
   */
  render(pictures: string[]): Promise<number[]>
  stop(): void
}

/** @param environment replaces the environment of a render process in each process */
export async function startBarePipeline(
  processes: number,
  environment: Record<string, string> = renderEnvironment,
): Promise<BarePipeline> {
  // Without the condition `source`, so that the process imports the build.
  const children = Array.from({ length: processes }, () =>
    fork(join(repository, 'bench/fleet/bare-child.ts'), [], {
      execArgv: ['--expose-gc', '--max-semi-space-size=4', '--import', 'tsx'],
      env: { PATH: process.env['PATH'], ...environment },
    }),
  )
  await Promise.all(children.map(nextAnswer))
  return {
    pids: children.map(({ pid }) => pid ?? -1),
    render: async (pictures) => {
      const waiting = [...pictures]
      const completions: number[] = []
      await Promise.all(
        children.map(async (child) => {
          for (let picture = waiting.shift(); picture !== undefined; picture = waiting.shift()) {
            child.send(picture)
            await nextAnswer(child)
            completions.push(performance.timeOrigin + performance.now())
          }
        }),
      )
      return completions
    },
    stop: () => children.forEach((child) => child.kill('SIGKILL')),
  }
}

function nextAnswer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const died = (): void => reject(new Error('A process of the bare pipeline ended unexpectedly'))
    child.once('exit', died)
    child.once('message', (answer) => {
      child.off('exit', died)
      resolve(answer)
    })
  })
}
