import type { Sharp } from 'sharp'

/** A way to encode with several qualities, which results in a curve of bytes and likeness. */
export interface Curve {
  name: string
  qualities: number[]
  encode(image: Sharp, quality: number): Sharp
  /** Whether the slow metrics are also computed. */
  closely?: boolean
}

/** The reference of all comparisons: the default of many content management systems. */
export const REFERENCE = { curve: 'webp effort 4', quality: 80 }

const jpegs = [60, 70, 75, 80, 85]
const webps = [70, 75, 80, 85, 90]
const avifs = [45, 52, 60, 68, 75]
/** Fewer qualities, for ways that are unlikely to be chosen or take seconds. */
const few = { jpegs: [60, 70, 80], webps: [75, 80, 85], avifs: [50, 60, 70], slow: [50, 65] }

/** Names contain what differs from sharp's defaults. AVIF's effort 0 is libaom's speed 9. */
export const curves: Curve[] = [
  { name: 'jpeg', qualities: jpegs, closely: true, encode: (image, quality) => image.jpeg({ quality }) },
  {
    name: 'jpeg table 3',
    qualities: jpegs,
    closely: true,
    encode: (image, quality) => image.jpeg({ quality, quantisationTable: 3 }),
  },
  {
    name: 'jpeg table 3 progressive',
    qualities: few.jpegs,
    encode: (image, quality) => image.jpeg({ quality, quantisationTable: 3, progressive: true }),
  },
  {
    name: 'jpeg table 3 trellis',
    qualities: few.jpegs,
    encode: (image, quality) => image.jpeg({ quality, quantisationTable: 3, trellisQuantisation: true }),
  },
  {
    name: 'jpeg mozjpeg',
    qualities: few.jpegs,
    encode: (image, quality) => image.jpeg({ quality, mozjpeg: true }),
  },
  ...[0, 2, 4, 6].map((effort) => ({
    name: `webp effort ${effort}`,
    qualities: effort === 2 || effort === 4 ? webps : few.webps,
    closely: effort === 4,
    encode: (image: Sharp, quality: number) => image.webp({ quality, effort }),
  })),
  ...[0, 1, 2, 4].map((effort) => ({
    name: `avif effort ${effort}`,
    qualities: effort === 0 ? avifs : effort === 4 ? few.slow : few.avifs,
    closely: effort === 0,
    encode: (image: Sharp, quality: number) => image.avif({ quality, effort }),
  })),
  {
    name: 'avif effort 0 4:2:0',
    qualities: avifs,
    closely: true,
    encode: (image, quality) => image.avif({ quality, effort: 0, chromaSubsampling: '4:2:0' }),
  },
]
