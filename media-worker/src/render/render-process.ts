import { writeFileSync } from 'node:fs'

import sharp from 'sharp'

import { renderPicture } from '../picture/image-pipeline.ts'
import { PictureError } from '../picture/picture-error.ts'
import type { PictureRequest } from '../picture/rendered-picture.ts'
import { messageOf } from '../picture/source-header.ts'
import type { RenderAnswer } from './render-child.ts'

/**
 * The process in which pictures are decoded, one at a time: it has no database, no queue and no secrets, and may be
 * killed at any moment. Started by render-child.ts.
 */

/** Where memory runs out for the whole machine, this process goes first, and never its parent. */
try {
  writeFileSync('/proc/self/oom_score_adj', '1000')
} catch {
  // Not Linux, or not allowed.
}

/** Processes are as many as cores, so one thread each; what is decoded once is not asked for again. */
sharp.concurrency(1)
sharp.cache(false)

/** Only what decodes an accepted type; a drawing comes as its text. */
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadWebpFile',
    'VipsForeignLoadHeifFile',
    'VipsForeignLoadNsgifFile',
    'VipsForeignLoadTiffFile',
    // Of pixels that are tagged with their profile here.
    'VipsForeignLoadTiffBuffer',
    'VipsForeignLoadSvgBuffer',
  ],
})

// The parent decides when this process ends; Ctrl-C reaches the whole group.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)
// Without a parent there is nobody to render for. An orderly exit would wait for libvips' threads.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

process.on('message', (request: PictureRequest) => {
  void answer(request).then((answered) => process.send?.(answered, forgetPicture))
})
process.send?.({ kind: 'ready' } satisfies RenderAnswer)

let pictures = 0

/**
 * Its pixels are garbage, which V8 does not see for what it weighs: to collect what is young costs a millisecond and
 * saves a tenth of the peak. What has become old, ten milliseconds' worth, is collected at every hundredth picture: left
 * alone it grew to 100 MB before V8 cared.
 */
function forgetPicture(): void {
  pictures += 1
  // Without options: Node 20 takes any type for the minor one.
  if (pictures % 100 === 0) void globalThis.gc?.()
  else void globalThis.gc?.({ type: 'minor' })
}

async function answer(request: PictureRequest): Promise<RenderAnswer> {
  try {
    return { kind: 'rendered', picture: await renderPicture(request) }
  } catch (error) {
    if (error instanceof PictureError) return { kind: 'refused', code: error.code, reason: error.message }
    return { kind: 'failed', reason: messageOf(error) }
  }
}
