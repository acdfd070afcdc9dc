import type { RenditionFormat } from '@likeness/media-jobs'
import type { Sharp } from 'sharp'

/** At equal similarity, effort 4 takes 43 times the CPU of effort 0 and saves a sixth of the bytes (bench/formats). */
const AVIF_EFFORT = 0
/** The same as in JPEG and WebP. It takes a third less CPU than full resolution, at the same bytes and similarity. */
const AVIF_CHROMA = '4:2:0'
/** ImageMagick's table for photos: 7 % fewer bytes at the same similarity and CPU. */
const JPEG_TABLE = 3
const WEBP_EFFORT = 4
/** Compared with effort 4: 5 % more bytes, but 0.59 times the CPU, which every frame needs. */
const ANIMATION_EFFORT = 2

/** Encodes a still picture. sharp writes no metadata by default. */
export function encode(image: Sharp, format: RenditionFormat, quality: number | null): Sharp {
  if (format === 'png') return image.png()
  if (format === 'gif') return image.gif()
  if (quality === null) throw new Error(`The format ${format} needs a quality`)
  if (format === 'avif') return image.avif({ quality, effort: AVIF_EFFORT, chromaSubsampling: AVIF_CHROMA })
  if (format === 'webp') return image.webp({ quality, effort: WEBP_EFFORT })
  return image.jpeg({ quality, quantisationTable: JPEG_TABLE })
}

/** The milliseconds of each frame, and how often all frames are played; 0 is without end. */
export interface Timing {
  delay?: number[]
  loop?: number
}

/** Encodes an animation frame by frame. Without a timing it keeps the delays and the number of loops of the source. */
export function encodeAnimation(
  image: Sharp,
  format: RenditionFormat,
  { quality, ...timing }: Timing & { quality: number | null },
): Sharp {
  if (format === 'gif') return image.gif(timing)
  if (format !== 'webp' || quality === null) throw new Error(`The format ${format} cannot encode an animation`)
  return image.webp({ quality, effort: ANIMATION_EFFORT, ...timing })
}
