import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import type { PictureRequest } from '../src/picture/rendered-picture.ts'
import type { RenderAnswer } from '../src/render/render-child.ts'

/**
 * A render process that does what the path of its picture says, or the text in it after `unruly: `, as bad pictures
 * would have it do. Others it renders.
 */
/** What it does not let go of. */
const kept: Buffer[] = []

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.on('SIGTERM', () => undefined)
process.on('SIGINT', () => undefined)
process.on('message', (request: PictureRequest) => void behave(request))
say({ kind: 'ready' })

async function behave(request: PictureRequest): Promise<void> {
  const [what, until = ''] = behaviourOf(request.path).split(' ')
  if (what === 'render') return render(request)
  if (what === 'crash') process.kill(process.pid, 'SIGSEGV')
  if (what === 'exit') process.exit(3)
  if (what === 'hang') for (;;);
  if (what === 'eat') await eat()
  if (what === 'keep') kept.push(Buffer.alloc(300_000_000, 1))
  if (what === 'refuse') return say({ kind: 'refused', code: 'not-an-image', reason: 'It is a song' })
  if (what === 'fail') return say({ kind: 'failed', reason: 'The disk is away' })
  if (what === 'slow') await sleep(1_000)
  if (what === 'wait') while (!existsSync(until)) await sleep(20)
  const facts = { width: process.pid, height: 1, format: 'png', pages: 1, animated: false, hasAlpha: false } as const
  const files = request.presets.map(({ name }) => {
    return { presets: [name], format: 'png' as const, width: 1, height: 1, bytes: Buffer.from(name) }
  })
  const seen = { cameraMake: null, cameraModel: null, takenAt: null, thumbhash: '', dominantColor: '#000000' }
  say({ kind: 'rendered', picture: { facts: { ...facts, ...seen }, files } })
}

function behaviourOf(path: string): string {
  if (!existsSync(path)) return path
  return /^unruly: (.*)/.exec(readFileSync(path, 'latin1'))?.[1] ?? 'render'
}

/** With sharp only when it is needed: a process starts twice as fast without. */
async function render(request: PictureRequest): Promise<void> {
  const { renderPicture } = await import('../src/picture/image-pipeline.ts')
  say({ kind: 'rendered', picture: await renderPicture(request) })
}

async function eat(): Promise<void> {
  const eaten: Buffer[] = []
  for (;;) {
    eaten.push(Buffer.alloc(20_000_000, 1))
    await sleep(10)
  }
}

function say(answer: RenderAnswer): void {
  process.send?.(answer)
}
