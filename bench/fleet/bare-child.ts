import { join } from 'node:path'

import { defaultPresets } from '@likeness/media-jobs'
import sharp from 'sharp'

import { repository } from '../repository.ts'

/**
 * The baseline: the built pipeline in a process like a render process, without broker, database and file store. Its output
 * is discarded.
 */
sharp.concurrency(1)
sharp.cache(false)

const { renderPicture } = await import(join(repository, 'media-worker/dist/picture/image-pipeline.js'))
const limits = { maxPixels: 100_000_000, maxSide: 20_000, maxFrames: 200, maxOutputBytes: 1_073_741_824 }

process.on('message', (path: string) => {
  void renderPicture({ path, presets: defaultPresets, focalPoint: null, limits }).then(() => {
    process.send?.('rendered')
    // The same settings as in a render process.
    void globalThis.gc?.({ type: 'minor' })
  })
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
