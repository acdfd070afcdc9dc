import { writeFileSync } from 'node:fs'

import sharp from 'sharp'

import { renderPicture } from '../picture/image-pipeline.ts'
import { messageOf, PictureError } from '../picture/picture-error.ts'
import type { PictureRequest } from '../picture/rendered-picture.ts'
import type { RenderAnswer } from './render-child.ts'

/**
 * The process that decodes pictures, one at a time. It has no database, no queue and no secrets, and can be killed at any
 * time. render-child.ts starts it.
 */

/** If the machine runs out of memory, the kernel kills this process first and not its parent. */
try {
  writeFileSync('/proc/self/oom_score_adj', '1000')
} catch {
  // Not Linux, or not allowed.
}

/** One thread, because there is a process for each core. No cache, because no picture is decoded twice. */
sharp.concurrency(1)
sharp.cache(false)

/** Allow only the decoders of accepted types. A drawing is passed as text. */
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadWebpFile',
    'VipsForeignLoadHeifFile',
    'VipsForeignLoadNsgifFile',
    'VipsForeignLoadTiffFile',
    // For pixels that this process combines with their ICC profile.
    'VipsForeignLoadTiffBuffer',
    'VipsForeignLoadSvgBuffer',
    // For pictures embedded in a drawing, frames of an animated PNG, and files that are changed before decoding.
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadHeifBuffer',
  ],
})

// The parent ends this process. Ctrl-C signals the whole process group.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)
// Exit with the parent. An orderly exit would wait for libvips' threads.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

process.on('message', (request: PictureRequest) => {
  void answer(request).then((answered) => process.send?.(answered, forgetPicture))
})
process.send?.({ kind: 'ready' } satisfies RenderAnswer)

let pictures = 0

/**
 * Frees the pixels of the last picture, whose memory V8 does not count. Collecting the young generation takes a
 * millisecond and reduces the peak by a tenth. The old generation, which takes 10 ms, is collected after every hundredth
 * picture; otherwise it grew to 100 MB before V8 collected it.
 */
function forgetPicture(): void {
  pictures += 1
  // Without options, because Node 20 treats every `type` as a minor collection.
  if (pictures % 100 === 0) void globalThis.gc?.()
  else void globalThis.gc?.({ type: 'minor' })
}

async function answer(request: PictureRequest): Promise<RenderAnswer> {
  try {
    return { kind: 'rendered', picture: await renderPicture(request) }
  } catch (error) {
    if (error instanceof PictureError) return refusal(error)
    return { kind: 'failed', reason: messageOf(error) }
  }
}

function refusal({ code, message, cause }: PictureError): RenderAnswer {
  return { kind: 'refused', code, reason: message, ...(cause === undefined ? {} : { cause: messageOf(cause) }) }
}
