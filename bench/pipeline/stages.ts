import { defaultPresets } from '@likeness/media-jobs'
import sharp from 'sharp'

import { encode } from '../../media-worker/src/picture/encode.ts'

/** CPU milliseconds by stage. */
export type Stages = Record<string, number>

/** Measures the stages of a picture one after another, in the same order as in the pipeline. */
export async function stagesOf(path: string): Promise<Stages> {
  const stages: Stages = {}
  const sizes = defaultPresets.filter(({ fit }) => fit === 'width').toSorted((one, other) => other.width - one.width)
  await stage(stages, 'header', () => sharp(path).metadata())
  const decoded = sharp(path).autoOrient().resize(sizes[0]?.width)
  let pixels = await stage(stages, 'decode', () => decoded.raw().toBuffer({ resolveWithObject: true }))
  const open = () => sharp(pixels.data, { raw: pixels.info })
  for (const [index, preset] of sizes.entries()) {
    const { width } = preset
    if (index > 0) {
      pixels = await stage(stages, 'resize', () => open().resize(width).raw().toBuffer({ resolveWithObject: true }))
    }
    for (const format of preset.formats) {
      if (format === 'png' || format === 'gif') continue
      await stage(stages, `${format} ${width}`, () => encode(open(), format, preset.quality[format]).toBuffer())
    }
  }
  const position = sharp.strategy.attention
  const crop = open().resize(200, 200, { fit: 'cover', position })
  await stage(stages, 'crop', () => crop.raw().toBuffer())
  return stages
}

async function stage<Result>(stages: Stages, name: string, task: () => Promise<Result>): Promise<Result> {
  const before = process.cpuUsage()
  const result = await task()
  const { user, system } = process.cpuUsage(before)
  stages[name] = (stages[name] ?? 0) + (user + system) / 1_000
  return result
}
