import type { RenditionFormat } from '@likeness/media-jobs'
import type { Sharp } from 'sharp'

/** At equal likeness, effort 4 costs 43 times effort 0 and saves a sixth (bench/formats). */
const AVIF_EFFORT = 0
/** As JPEG and WebP: a third less CPU at the same bytes and likeness. */
const AVIF_CHROMA = '4:2:0'
/** ImageMagick's for photos: 7 % fewer bytes at the same likeness and CPU. */
const JPEG_TABLE = 3
const WEBP_EFFORT = 4
/** 5 % larger than effort 4 at 0.59 times the CPU, which has to suffice for every frame. */
const ANIMATION_EFFORT = 2

/** Encodes without metadata: sharp keeps none unless told. */
export function encode(image: Sharp, format: RenditionFormat, quality: number | null): Sharp {
  if (format === 'png') return image.png()
  if (format === 'gif') return image.gif()
  if (quality === null) throw new Error(`${format} has a quality`)
  if (format === 'avif') return image.avif({ quality, effort: AVIF_EFFORT, chromaSubsampling: AVIF_CHROMA })
  if (format === 'webp') return image.webp({ quality, effort: WEBP_EFFORT })
  return image.jpeg({ quality, quantisationTable: JPEG_TABLE })
}

/** A moving picture is encoded frame by frame; its delays and its loop stay. */
export function encodeAnimation(image: Sharp, format: RenditionFormat, quality: number | null): Sharp {
  if (format === 'gif') return image.gif()
  if (format !== 'webp' || quality === null) throw new Error(`${format} does not move`)
  return image.webp({ quality, effort: ANIMATION_EFFORT })
}
