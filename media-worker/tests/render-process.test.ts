import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { afterEach, expect, it } from '@jest/globals'

import { renderProgram } from '../src/render/render-child.ts'

let child: ChildProcess
afterEach(() => void child.kill('SIGKILL'))

it('a render process is killed before its parent when the machine runs out of memory', async () => {
  child = fork(renderProgram, [], { execArgv: ['--conditions=source', '--import', 'tsx'], serialization: 'advanced' })
  await once(child, 'message')
  const scoreOf = (pid: number | undefined): number => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'latin1'))
  expect(scoreOf(child.pid)).toBe(1_000)
  expect(scoreOf(process.pid)).toBeLessThan(1_000)
})
