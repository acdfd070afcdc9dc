import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { defaultPresets } from '@likeness/media-jobs'
import sharp from 'sharp'

import { renderPicture } from '../../media-worker/src/picture/image-pipeline.ts'

type RenderedPicture = Awaited<ReturnType<typeof renderPicture>>

/**
 * Renders every picture of some folders and compares the result with an independent decoder: Chromium, heif-convert for
 * HEIC, ImageMagick for TIFF. It prints the largest difference of a channel at nine points, and writes a contact sheet
 * with the rendition beside the reference.
 *
 *     npm run bench:references -- FOLDER …
 *
 * Debian's packages chromium, libheif-examples and imagemagick must be installed.
 */
const run = promisify(execFile)
const limits = { maxPixels: 100e6, maxSide: 20_000, maxFrames: 200, maxOutputBytes: 2 ** 30 }
/** A reference is decoded at this size: Chromium's window. */
const BOX = { width: 480, height: 360 }
const points = [0.2, 0.5, 0.8].flatMap((y) => [0.2, 0.5, 0.8].map((x) => ({ x, y })))
const sheet = resolve('.local', 'references.png')

interface Compared {
  name: string
  outcome: string
  tiles: [Buffer, Buffer] | null
}

async function main(folders: string[]): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'likeness-references-'))
  const rows: Compared[] = []
  for (const folder of folders) {
    for (const name of (await readdir(folder)).toSorted()) {
      if (!/\.(jpe?g|png|webp|avif|gif|tiff?|heic|svg)$/i.test(name)) continue
      const row = await compare(join(resolve(folder), name), work)
      rows.push(row)
      console.log(row.name.padEnd(40), row.outcome)
    }
  }
  await drawSheet(rows)
  console.log(`\nRendition and reference, side by side: ${sheet}`)
  await rm(work, { recursive: true })
}

async function compare(path: string, work: string): Promise<Compared> {
  const name = basename(path)
  let rendered: RenderedPicture
  try {
    rendered = await renderPicture({ path, presets: defaultPresets, focalPoint: null, limits })
  } catch (error) {
    return { name, outcome: `fails: ${(error as { code?: string }).code ?? String(error)}`, tiles: null }
  }
  const { width, height } = sizeInBox(rendered.facts)
  const ours = await onWhite(largestOf(rendered), width, height)
  const reference = await referenceOf(path, { width, height }, work).catch((error: Error) => error)
  if (reference instanceof Error)
    return { name, outcome: `no reference: ${reference.message.split('\n')[0]}`, tiles: null }
  const difference = Math.max(...(await Promise.all(points.map((point) => differenceAt(ours, reference, point)))))
  return { name, outcome: `${width}×${height}, largest difference ${difference}`, tiles: [ours, reference] }
}

function sizeInBox({ width, height }: { width: number; height: number }): { width: number; height: number } {
  const factor = Math.min(BOX.width / width, BOX.height / height)
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}

/** JPEG or WebP, because AVIF loses more colour. */
function largestOf({ files }: RenderedPicture): Buffer {
  const [largest] = files.filter(({ format }) => format !== 'avif').toSorted((one, other) => other.width - one.width)
  if (!largest) throw new Error('The presets have no JPEG or WebP')
  return largest.bytes
}

function onWhite(picture: string | Buffer, width: number, height: number): Promise<Buffer> {
  return sharp(picture).resize(width, height, { fit: 'fill' }).flatten({ background: '#fff' }).png().toBuffer()
}

async function referenceOf(path: string, size: { width: number; height: number }, work: string): Promise<Buffer> {
  const { width, height } = size
  const out = join(work, 'reference.png')
  await rm(out, { force: true })
  const kind = extname(path).toLowerCase()
  if (kind === '.heic') await run('heif-convert', [path, out])
  else if (kind.startsWith('.tif'))
    await run('/usr/bin/convert', [`${path}[0]`, '-auto-orient', '-colorspace', 'sRGB', out])
  else {
    const page = join(work, 'page.html')
    const style = `display:block;width:${width}px;height:${height}px`
    await writeFile(
      page,
      `<body style="margin:0;background:#fff"><img style="${style}" src="${pathToFileURL(path).href}">`,
    )
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--disable-background-networking',
    ]
    const window = [
      `--window-size=${BOX.width},${BOX.height}`,
      `--screenshot=${out}`,
      `--user-data-dir=${work}/profile`,
    ]
    await run('chromium', [
      ...flags,
      '--force-color-profile=srgb',
      '--allow-file-access-from-files',
      ...window,
      pathToFileURL(page).href,
    ])
    return sharp(await readFile(out))
      .extract({ left: 0, top: 0, width, height })
      .png()
      .toBuffer()
  }
  return onWhite(out, width, height)
}

/** The largest difference of a channel between the means around a point. */
async function differenceAt(one: Buffer, other: Buffer, point: { x: number; y: number }): Promise<number> {
  const [first, second] = await Promise.all([meansAt(one, point), meansAt(other, point)])
  return Math.max(...first.map((mean, channel) => Math.round(Math.abs(mean - (second[channel] ?? 0)))))
}

async function meansAt(picture: Buffer, { x, y }: { x: number; y: number }): Promise<number[]> {
  const { width, height } = await sharp(picture).metadata()
  const side = Math.max(1, Math.floor(Math.min(width, height) / 20))
  const region = {
    left: Math.min(width - side, Math.floor(x * width)),
    top: Math.min(height - side, Math.floor(y * height)),
    width: side,
    height: side,
  }
  const cut = await sharp(picture).extract(region).png().toBuffer()
  return (await sharp(cut).toColourspace('srgb').removeAlpha().stats()).channels.map(({ mean }) => mean)
}

async function drawSheet(rows: Compared[]): Promise<void> {
  const pairs = rows.flatMap(({ tiles }) => (tiles ? [tiles] : []))
  const cell = { width: 130, height: 100 }
  const columns = 6
  const shrunk = await Promise.all(
    pairs.flat().map((tile) => sharp(tile).resize(120, 90, { fit: 'inside' }).png().toBuffer()),
  )
  const width = columns * 2 * cell.width
  const height = Math.max(1, Math.ceil(pairs.length / columns)) * cell.height
  await sharp({ create: { width, height, channels: 3, background: '#bbb' } })
    .composite(
      shrunk.map((input, index) => ({
        input,
        left: (index % (2 * columns)) * cell.width + 5,
        top: Math.floor(index / (2 * columns)) * cell.height + 5,
      })),
    )
    .png()
    .toFile(sheet)
}

const folders = process.argv.slice(2)
if (folders.length === 0) {
  console.error('Usage: npm run bench:references -- FOLDER …')
  process.exit(2)
}
await main(folders)
