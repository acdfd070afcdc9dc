import sharp from 'sharp'

import { stagesOf, type Stages } from './stages.ts'
import { variants, type VariantName } from './variants.ts'

/** What the child is asked: a picture, in one way; or what each stage of it costs. */
export interface Question {
  path: string
  variant: VariantName | 'stages'
}

export interface Answer {
  cpuMs: number
  bytes: number
  stages: Stages | null
}

/** As in a render process: one thread for each, and nothing is asked for twice. */
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
