import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import sharp, { type Sharp } from 'sharp'

import { listPhotos, nameOf } from '../photos.ts'
import { measureAnimations } from './animations.ts'
import { curves, type Curve } from './encodings.ts'
import { findPrograms, likenessOf, type Pixels } from './likeness.ts'
import { measureCpu } from './measure-cpu.ts'
import { reportOf } from './report.ts'
import { readRows, writeRows, type Row } from './rows.ts'

const WIDTHS = (process.env['WIDTHS'] ?? '1280,320').split(',').map(Number)
const PHOTOS = Number(process.env['PHOTOS'] ?? Number.POSITIVE_INFINITY)
/** With WIDTHS or PHOTOS, the results are printed instead of written to files. */
const TRIAL = Boolean(process.env['WIDTHS'] ?? process.env['PHOTOS'])
/** A photo must be this many times larger. A photo that is hardly shrunk would still show the blocks of its own JPEG. */
const SHRUNK = 1.25
const SCORERS = 2

const csv = join(import.meta.dirname, 'results.csv')

interface Encoded {
  row: Row
  bytes: Buffer
  curve: Curve
}

/** Measures bytes, CPU and likeness of photos for every way in encodings.ts, and writes a CSV and tables. */
async function main(): Promise<void> {
  sharp.concurrency(1)
  sharp.cache(false)
  const photos = listPhotos(process.argv.slice(2), PHOTOS)
  const known = new Map(readRows(csv).map((row) => [keyOf(row), row]))
  const programs = await findPrograms()
  console.log(`${photos.length} photos, ${WIDTHS.join(' and ')} px wide; SSIM, ${programs.join(', ')}`)
  const rows: Row[] = []
  for (const width of WIDTHS) {
    for (const photo of photos) {
      const reference = await referenceOf(photo, width)
      if (!reference) continue
      const encoded: Encoded[] = []
      // One at a time, because other work of this process would be measured too.
      for (const curve of curves) encoded.push(...(await encodeAll(reference, { photo: nameOf(photo), width, curve })))
      await score(reference, encoded, { known, programs })
      rows.push(...encoded.map(({ row }) => row))
      if (!TRIAL) writeRows(csv, [...new Map([...known, ...rows.map((row) => [keyOf(row), row] as const)]).values()])
      console.log(`${width} px: ${nameOf(photo)}`)
    }
  }
  const report = reportOf({ rows, animations: await measureAnimations(photos, programs) })
  if (TRIAL) return console.log(report)
  writeRows(csv, rows)
  writeFileSync(join(import.meta.dirname, 'RESULTS.md'), report)
}

/** The photo, scaled without loss, upright, in sRGB; null if it is not large enough. */
async function referenceOf(path: string, width: number): Promise<Pixels | null> {
  const { autoOrient } = await sharp(path).metadata()
  if (autoOrient.width < width * SHRUNK) return null
  const image = sharp(path).autoOrient().resize(width).toColourspace('srgb').flatten()
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

async function encodeAll(
  reference: Pixels,
  { photo, width, curve }: { photo: string; width: number; curve: Curve },
): Promise<Encoded[]> {
  const encoded: Encoded[] = []
  for (const quality of curve.qualities) {
    const { result: bytes, cpuMs } = await measureCpu(() => curve.encode(open(reference), quality).toBuffer())
    const likeness = { ssimulacra2: null, butteraugli: null, ssim: null }
    encoded.push({
      row: { photo, width, curve: curve.name, quality, bytes: bytes.length, cpuMs, ...likeness },
      bytes,
      curve,
    })
  }
  return encoded
}

/** Likeness does not depend on the machine, so the results of the last run are reused for the same bytes. */
async function score(
  reference: Pixels,
  encoded: Encoded[],
  { known, programs }: { known: Map<string, Row>; programs: string[] },
): Promise<void> {
  const waiting = encoded.filter(({ row }) => {
    const before = known.get(keyOf(row))
    if (before?.bytes !== row.bytes || (before.ssimulacra2 === null && programs.includes('ssimulacra2'))) return true
    Object.assign(row, { ssimulacra2: before.ssimulacra2, butteraugli: before.butteraugli, ssim: before.ssim })
    return false
  })
  const scorer = async (): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'likeness-formats-'))
    try {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const closely = next.curve.closely ?? false
        Object.assign(next.row, await likenessOf(reference, next.bytes, { closely, programs, folder }))
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  await Promise.all(Array.from({ length: SCORERS }, scorer))
}

function open({ data, width, height }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } })
}

function keyOf({ photo, width, curve, quality }: Row): string {
  return `${photo} ${width} ${curve} ${quality}`
}

await main()
