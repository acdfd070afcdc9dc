import sharp from 'sharp'

import type { Apng } from './apng.ts'
import { emptyRoll, rollTurned, type FrameRoll } from './frame-roll.ts'
import type { Dimensions } from './geometry.ts'
import { over, pixelsOf, type Pixels } from './pixels.ts'
import type { SourceHeader } from './source-header.ts'
import { canvasesInSrgb } from './still-picture.ts'
import { dimensionsTurned, turned, turnsNothing } from './turn.ts'

/** An animation whose frames sharp does not read, or does not turn upright, so that this is done here. */
export interface AnimatedSource {
  /** The milliseconds of each frame, and how often all frames are played; 0 is without end. */
  timing: { delay: number[]; loop: number }
  /** The first frame. */
  first(): Promise<Pixels>
  /** All frames in each of these sizes, upright. */
  rolls(sizes: readonly Dimensions[]): Promise<FrameRoll[]>
}

/** Null when sharp reads all frames as they are shown. */
export async function openAnimatedSource(header: SourceHeader): Promise<AnimatedSource | null> {
  if (header.apng) return sourceOfApng(header, header.apng)
  return turnsNothing(header.turn) ? null : turnedSource(header)
}

/** The frames are drawn on the canvas in sRGB and at full size, one after the other. Only scaled ones are kept. */
function sourceOfApng(header: SourceHeader, apng: Apng): AnimatedSource {
  const { frames, plays } = apng
  const canvases = (): AsyncGenerator<Pixels> => canvasesInSrgb(header, apng)
  return {
    timing: { delay: frames.map(({ delay }) => delay), loop: plays },
    first: async () => {
      for await (const canvas of canvases()) return turned(canvas, header.turn)
      throw new Error('The animation has no frames')
    },
    rolls: async (sizes) => {
      const channels = header.hasAlpha ? 4 : 3
      const rolls = sizes.map((size) => emptyRoll(dimensionsTurned(size, header.turn), channels, frames.length))
      let page = 0
      for await (const canvas of canvases()) {
        for (const roll of rolls) await addFrame(roll, page, canvas)
        page++
      }
      return Promise.all(rolls.map((roll) => rollTurned(roll, header.turn)))
    },
  }
}

async function addFrame(roll: FrameRoll, page: number, canvas: Pixels): Promise<void> {
  const image = roll.channels === 3 ? over(canvas).removeAlpha() : over(canvas)
  const { data } = await pixelsOf(image.resize(roll.width, roll.height, { fit: 'fill' }))
  data.copy(roll.data, page * data.length)
}

/** sharp turns only the first frame. So the frames are scaled as they are stored, and then turned. */
async function turnedSource({ input, reading, pages, turn }: SourceHeader): Promise<AnimatedSource> {
  const { delay = [], loop = 0 } = await sharp(input, { ...reading, animated: true }).metadata()
  return {
    timing: { delay, loop },
    first: () =>
      pixelsOf(
        sharp(input, { ...reading, page: 0, pages: 1 })
          .autoOrient()
          .toColourspace('srgb'),
      ),
    rolls: async (sizes) => {
      const rolls: FrameRoll[] = []
      for (const size of sizes) {
        const { width, height } = dimensionsTurned(size, turn)
        const frames = sharp(input, { ...reading, animated: true }).toColourspace('srgb')
        const { data, channels } = await pixelsOf(frames.resize(width, height, { fit: 'fill' }))
        rolls.push(await rollTurned({ data, width, height, channels, pages }, turn))
      }
      return rolls
    },
  }
}
