import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import type { PictureRequest } from '../src/picture/rendered-picture.ts'
import type { RenderAnswer } from '../src/render/render-child.ts'

/**
 * A render process that misbehaves as bad pictures would make it. The path of the picture, or the text in the picture after
 * `unruly: `, names the behaviour. Other pictures are rendered.
 */
/** Memory that it does not free. */
const kept: Buffer[] = []

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.on('SIGTERM', () => undefined)
process.on('SIGINT', () => undefined)
process.on('message', (request: PictureRequest) => void behave(request))
send({ kind: 'ready' })

async function behave(request: PictureRequest): Promise<void> {
  const [behaviour, until = ''] = behaviourOf(request.path).split(' ')
  if (behaviour === 'render') return render(request)
  if (behaviour === 'crash') process.kill(process.pid, 'SIGSEGV')
  if (behaviour === 'exit') process.exit(3)
  if (behaviour === 'hang') for (;;);
  if (behaviour === 'eat') await eat()
  if (behaviour === 'keep') kept.push(Buffer.alloc(300_000_000, 1))
  if (behaviour === 'refuse')
    return send({ kind: 'refused', code: 'not-an-image', reason: 'The file contains a song.' })
  if (behaviour === 'fail') return send({ kind: 'failed', reason: 'The disk is unavailable' })
  if (behaviour === 'slow') await sleep(1_000)
  if (behaviour === 'wait') while (!existsSync(until)) await sleep(20)
  const facts = { width: process.pid, height: 1, format: 'png', pages: 1, animated: false, hasAlpha: false } as const
  const files = request.presets.map(({ name }) => {
    return { presets: [name], format: 'png' as const, width: 1, height: 1, bytes: Buffer.from(name) }
  })
  const seen = { cameraMake: null, cameraModel: null, takenAt: null, thumbhash: '', dominantColor: '#000000' }
  send({ kind: 'rendered', picture: { facts: { ...facts, ...seen }, files } })
}

function behaviourOf(path: string): string {
  if (!existsSync(path)) return path
  return /^unruly: (.*)/.exec(readFileSync(path, 'latin1'))?.[1] ?? 'render'
}

/** Loads sharp only when it is needed: without it, a process starts twice as fast. */
async function render(request: PictureRequest): Promise<void> {
  const { renderPicture } = await import('../src/picture/image-pipeline.ts')
  send({ kind: 'rendered', picture: await renderPicture(request) })
}

async function eat(): Promise<void> {
  const eaten: Buffer[] = []
  for (;;) {
    eaten.push(Buffer.alloc(20_000_000, 1))
    await sleep(10)
  }
}

function send(answer: RenderAnswer): void {
  process.send?.(answer)
}
