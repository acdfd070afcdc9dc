import { defaultPresets, type Preset } from '@likeness/media-jobs'
import sharp, { type OutputInfo, type Sharp } from 'sharp'

import { encode } from '../../media-worker/src/picture/encode.ts'
import { renderPicture } from '../../media-worker/src/picture/image-pipeline.ts'

/** A way to render every size of a JPEG in every format. @returns the bytes of all outputs together */
type Variant = (path: string) => Promise<number>

interface Pixels {
  data: Buffer
  info: OutputInfo
}

const limits = { maxPixels: 100_000_000, maxSide: 20_000, maxFrames: 200, maxOutputBytes: 1_073_741_824 }
const byWidth = defaultPresets.filter(({ fit }) => fit === 'width').toSorted((one, other) => other.width - one.width)
const cropped = defaultPresets.filter(({ fit }) => fit === 'cover')

export const variants = {
  /** The pipeline that a worker runs. */
  pipeline: async (path) => {
    const { files } = await renderPicture({ path, presets: defaultPresets, focalPoint: null, limits })
    return files.reduce((sum, { bytes }) => sum + bytes.length, 0)
  },

  /**
   * The cheapest known script for the same outputs. It decodes once with shrink-on-load, makes each size from the next larger
   * one, and the crop from the smallest size that covers it. It reads no metadata and checks nothing.
   */
  floor: async (path) => {
    const encoding: Promise<number>[] = []
    let pixels = await rawOf(sharp(path).autoOrient().resize(byWidth[0]?.width))
    for (const [index, preset] of byWidth.entries()) {
      if (index > 0) pixels = await rawOf(open(pixels).resize(preset.width))
      encoding.push(encodeAll(pixels, preset))
    }
    for (const preset of cropped) encoding.push(encodeAll(await rawOf(crop(open(pixels), preset)), preset))
    return sumOf(await Promise.all(encoding))
  },

  /** Decodes and resizes once per size, and encodes both formats from the result. */
  eachSize: async (path) => {
    const bytes: number[] = []
    for (const preset of defaultPresets) {
      bytes.push(await encodeAll(await rawOf(sized(sharp(path).autoOrient(), preset)), preset))
    }
    return sumOf(bytes)
  },

  /** Decodes, resizes and encodes once per output, as in the examples of manuals. */
  eachOutput: async (path) => {
    const bytes: number[] = []
    for (const preset of defaultPresets) {
      for (const format of preset.formats) {
        const image = sized(sharp(path).autoOrient(), preset)
        bytes.push((await encode(image, format, qualityOf(preset, format)).toBuffer()).length)
      }
    }
    return sumOf(bytes)
  },
} satisfies Record<string, Variant>

export type VariantName = keyof typeof variants

async function encodeAll(pixels: Pixels, preset: Preset): Promise<number> {
  const encoded = preset.formats.map((format) => encode(open(pixels), format, qualityOf(preset, format)).toBuffer())
  return sumOf((await Promise.all(encoded)).map(({ length }) => length))
}

function sized(image: Sharp, preset: Preset): Sharp {
  return preset.fit === 'cover' ? crop(image, preset) : image.resize(preset.width)
}

function crop(image: Sharp, { width, height }: Preset): Sharp {
  return image.resize(width, height ?? undefined, { fit: 'cover', position: sharp.strategy.attention })
}

function open({ data, info: { width, height, channels } }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels } })
}

function rawOf(image: Sharp): Promise<Pixels> {
  return image.raw().toBuffer({ resolveWithObject: true })
}

function qualityOf({ quality }: Preset, format: Preset['formats'][number]): number | null {
  return format === 'png' || format === 'gif' ? null : quality[format]
}

function sumOf(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
