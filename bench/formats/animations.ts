import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import sharp, { type Sharp } from 'sharp'

import { nameOf } from '../photos.ts'
import { likenessOf, type Pixels } from './likeness.ts'
import { measureCpu } from './measure-cpu.ts'

/** An animation that was encoded as WebP with one effort. */
export interface AnimationRow {
  photo: string
  quality: number
  effort: number
  bytes: number
  gifBytes: number
  cpuMsPerFrame: number
  /** The mean of the frames that were compared. */
  ssimulacra2: number | null
}

const CLIPS = 6
const FRAMES = 12
const size = { width: 480, height: 320 }
/** Pixels by which the camera moves between two frames. */
const STEP = { left: 4, top: 2 }
const LOOKED_AT = [1, 5, 11]
const efforts = [0, 1, 2, 3, 4, 6]

/**
 * Most animated GIFs are video clips in 256 colours. This one is a slow pan over a photo. The frames of the GIF are the
 * reference.
 */
export async function measureAnimations(photos: string[], programs: string[]): Promise<AnimationRow[]> {
  const rows: AnimationRow[] = []
  const folder = mkdtempSync(join(tmpdir(), 'likeness-animations-'))
  try {
    for (const photo of spread(photos)) {
      const gif = await panOver(photo)
      const data = await sharp(gif, { animated: true }).removeAlpha().raw().toBuffer()
      for (const quality of [70, 80]) {
        for (const effort of efforts) {
          const { result: bytes, cpuMs } = await measureCpu(() => open(data).webp({ quality, effort }).toBuffer())
          const scores: number[] = []
          for (const page of LOOKED_AT) {
            const frame = await sharp(bytes, { page }).png({ compressionLevel: 0 }).toBuffer()
            const { ssimulacra2 } = await likenessOf(frameOf(data, page), frame, { closely: false, programs, folder })
            if (ssimulacra2 !== null) scores.push(ssimulacra2)
          }
          rows.push({
            photo: nameOf(photo),
            quality,
            effort,
            bytes: bytes.length,
            gifBytes: gif.length,
            cpuMsPerFrame: cpuMs / FRAMES,
            ssimulacra2: scores.length > 0 ? scores.reduce((sum, score) => sum + score) / scores.length : null,
          })
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return rows
}

async function panOver(photo: string): Promise<Buffer> {
  const width = size.width + STEP.left * FRAMES
  const height = size.height + STEP.top * FRAMES
  const whole = await sharp(photo).autoOrient().resize(width, height).flatten().png().toBuffer()
  const frames = await Promise.all(
    Array.from({ length: FRAMES }, (_, frame) =>
      sharp(whole)
        .extract({ left: STEP.left * frame, top: STEP.top * frame, ...size })
        .png()
        .toBuffer(),
    ),
  )
  return sharp(frames, { join: { animated: true } })
    .gif({ delay: Array.from({ length: FRAMES }, () => 80) })
    .toBuffer()
}

function open(data: Buffer): Sharp {
  const { width, height } = size
  return sharp(data, { raw: { width, height: height * FRAMES, channels: 3, pageHeight: height } })
}

function frameOf(data: Buffer, page: number): Pixels {
  const bytes = size.width * size.height * 3
  return { ...size, data: data.subarray(page * bytes, (page + 1) * bytes) }
}

function spread(photos: string[]): string[] {
  const step = Math.max(1, Math.floor(photos.length / CLIPS))
  return photos.filter((_, index) => index % step === 0).slice(0, CLIPS)
}
