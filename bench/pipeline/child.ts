import sharp from 'sharp'

import { stagesOf, type Stages } from './stages.ts'
import { variants, type VariantName } from './variants.ts'

/** A request to the child process: render a picture in one way, or measure its stages. */
export interface Question {
  path: string
  variant: VariantName | 'stages'
}

export interface Answer {
  cpuMs: number
  bytes: number
  stages: Stages | null
}

/** As in a render process: one thread per picture, and no cache. */
sharp.concurrency(1)
sharp.cache(false)

process.on('message', (question: Question) => {
  void answer(question).then((answered) => process.send?.(answered))
})

async function answer({ path, variant }: Question): Promise<Answer> {
  const before = process.cpuUsage()
  const stages = variant === 'stages' ? await stagesOf(path) : null
  const bytes = variant === 'stages' ? 0 : await variants[variant](path)
  const { user, system } = process.cpuUsage(before)
  return { cpuMs: (user + system) / 1_000, bytes, stages }
}
