import { setTimeout as sleep } from 'node:timers/promises'
import type { PictureRequest } from '../src/picture/rendered-picture.ts'
import type { RenderAnswer } from '../src/render/render-child.ts'

/** A render process that does what the path of its picture says, as bad pictures would have it do. */
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.on('message', (request: PictureRequest) => void behave(request.path))
say({ kind: 'ready' })

async function behave(path: string): Promise<void> {
  if (path === 'crash') process.kill(process.pid, 'SIGSEGV')
  if (path === 'exit') process.exit(3)
  if (path === 'hang') for (;;);
  if (path === 'eat') await eat()
  if (path === 'refuse') return say({ kind: 'refused', code: 'not-an-image', reason: 'It is a song' })
  if (path === 'fail') return say({ kind: 'failed', reason: 'The disk is away' })
  if (path === 'slow') await sleep(1_000)
  const facts = { width: process.pid, height: 1, format: 'png', pages: 1, animated: false, hasAlpha: false } as const
  const seen = { cameraMake: null, cameraModel: null, takenAt: null, thumbhash: '', dominantColor: '#000000' }
  say({ kind: 'rendered', picture: { facts: { ...facts, ...seen }, files: [] } })
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
