import type { Sharp } from 'sharp'

/** A way to encode, over its qualities: a curve of bytes and likeness. */
export interface Curve {
  name: string
  qualities: number[]
  encode(image: Sharp, quality: number): Sharp
  /** Whether it is held against the metrics that take long, too. */
  closely?: boolean
}

/** What everything else is compared with: what a CMS writes when nobody says otherwise. */
export const REFERENCE = { curve: 'webp effort 4', quality: 80 }

const usual = [70, 75, 80, 85, 90]
const high = [50, 55, 60, 65, 70]
/** Where a way is not likely to be ours, or takes seconds, three points have to do. */
const few = [75, 80, 85]
const fewHigh = [50, 60, 70]

/** Names say what differs from sharp's defaults; AVIF's effort 0 is libaom's speed 9. */
export const curves: Curve[] = [
  { name: 'jpeg', qualities: usual, closely: true, encode: (image, quality) => image.jpeg({ quality }) },
  {
    name: 'jpeg table 3',
    qualities: usual,
    closely: true,
    encode: (image, quality) => image.jpeg({ quality, quantisationTable: 3 }),
  },
  {
    name: 'jpeg table 3 progressive',
    qualities: few,
    encode: (image, quality) => image.jpeg({ quality, quantisationTable: 3, progressive: true }),
  },
  {
    name: 'jpeg table 3 trellis',
    qualities: few,
    encode: (image, quality) => image.jpeg({ quality, quantisationTable: 3, trellisQuantisation: true }),
  },
  {
    name: 'jpeg mozjpeg',
    qualities: [70, ...few],
    encode: (image, quality) => image.jpeg({ quality, mozjpeg: true }),
  },
  ...[0, 2, 4, 6].map((effort) => ({
    name: `webp effort ${effort}`,
    qualities: effort === 2 || effort === 4 ? usual : few,
    closely: effort === 4,
    encode: (image: Sharp, quality: number) => image.webp({ quality, effort }),
  })),
  ...[0, 1, 2, 4].map((effort) => ({
    name: `avif effort ${effort}`,
    qualities: effort === 0 ? high : fewHigh,
    closely: effort === 0,
    encode: (image: Sharp, quality: number) => image.avif({ quality, effort }),
  })),
  {
    name: 'avif effort 0 4:2:0',
    qualities: high,
    closely: true,
    encode: (image, quality) => image.avif({ quality, effort: 0, chromaSubsampling: '4:2:0' }),
  },
]
