import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import sharp from 'sharp'

import type { Outcome } from './process-pictures.ts'

const background = '#f2f2f0'

/** Pixels of the sheet: the largest source, the largest size, the space between two pictures, and columns of rows. */
const layout = { source: { width: 240, height: 180 }, size: { width: 260, height: 195 }, gap: 12, columns: 2 }

/**
 * Writes the results: `index.html`, a page with every size of every picture, and `sheet.jpg`, with a row for each
 * picture: the source as it is stored, and every preset.
 *
 * @returns the two paths
 */
export async function writeContactSheet(outcomes: Outcome[], workFolder: string): Promise<string[]> {
  const page = join(workFolder, 'index.html')
  const sheet = join(workFolder, 'sheet.jpg')
  await Promise.all([writeFile(page, drawPage(outcomes)), drawSheet(outcomes, workFolder, sheet)])
  return [page, sheet]
}

async function drawSheet(outcomes: Outcome[], workFolder: string, path: string): Promise<void> {
  const rows = await Promise.all(
    outcomes.filter((one) => one.sizes.length > 0).map((outcome) => drawRow(outcome, workFolder)),
  )
  const { columns, gap } = layout
  const rowWidth = Math.max(0, ...rows.map(({ width }) => width))
  const rowHeight = layout.size.height + gap
  const lines = Math.max(1, Math.ceil(rows.length / columns))
  const tiles = rows.flatMap((row, index) => {
    const left = gap + Math.floor(index / lines) * (rowWidth + 3 * gap)
    const top = gap + (index % lines) * rowHeight
    return row.tiles.map((tile) => ({ input: tile.input, left: left + tile.left, top: top + tile.top }))
  })
  const width = 2 * gap + rowWidth * Math.min(columns, Math.max(1, rows.length)) + (columns - 1) * 3 * gap
  await sharp({ create: { width, height: gap + lines * rowHeight, channels: 3, background } })
    .composite(tiles)
    .jpeg({ quality: 85 })
    .toFile(path)
}

interface Row {
  width: number
  tiles: { input: Buffer; left: number; top: number }[]
}

/** The source as it is stored, without its orientation, an arrow, and its sizes at one scale. Equal sizes appear once. */
async function drawRow({ original, sizes }: Outcome, workFolder: string): Promise<Row> {
  const { gap } = layout
  const largest = sizes.reduce((one, other) => (other.width * other.height > one.width * one.height ? other : one))
  const scale = Math.min(1, layout.size.width / largest.width, layout.size.height / largest.height)
  const presets = sizes.filter(
    ({ width, height }, index) => index === sizes.findIndex((size) => size.width === width && size.height === height),
  )
  const pictures = [
    await drawTile(original, layout.source),
    arrow,
    ...(await Promise.all(
      presets
        .toSorted((one, other) => one.width - other.width)
        .map(({ file, width, height }) =>
          drawTile(join(workFolder, file), { width: Math.ceil(width * scale), height: Math.ceil(height * scale) }),
        ),
    )),
  ]
  const row: Row = { width: 0, tiles: [] }
  for (const input of pictures) {
    const { width, height } = await sharp(input).metadata()
    row.tiles.push({ input, left: row.width, top: Math.round((layout.size.height - height) / 2) })
    row.width += width + gap
  }
  return row
}

const arrow = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24"><path d="M2 9h11V3l9 9-9 9v-6H2z" fill="#888"/></svg>',
)

/** A picture in its box, never enlarged. Transparent parts are chequered. An unknown format is an empty box. */
async function drawTile(file: string, box: { width: number; height: number }): Promise<Buffer> {
  try {
    const { data, info } = await sharp(file)
      .resize(box.width, box.height, { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .png()
      .toBuffer({ resolveWithObject: true })
    return sharp(chequers(info))
      .composite([{ input: data }])
      .png()
      .toBuffer()
  } catch {
    return sharp({ create: { ...box, channels: 3, background: '#ddd' } })
      .png()
      .toBuffer()
  }
}

const chequers = ({ width, height }: { width: number; height: number }) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>` +
      '<pattern id="c" width="16" height="16" patternUnits="userSpaceOnUse"><path d="M0 0h16v16H0z" fill="#fff"/>' +
      '<path d="M0 0h8v8H0zM8 8h8v8H8z" fill="#ddd"/></pattern></defs><path d="M0 0h9999v9999H0z" fill="url(#c)"/></svg>',
  )

function drawPage(outcomes: Outcome[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Likeness: every size of ${outcomes.length} pictures</title>
<style>
  body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; background: ${background}; color: #222 }
  section { margin: 0 0 2rem; padding: 1rem; background: #fff; border-radius: 8px }
  h1, h2 { font-weight: 600; margin: 0 0 .75rem } h2 { font-size: 1rem }
  h2 small { font-weight: 400; color: #666 } .failed { color: #b00020 }
  div { display: flex; flex-wrap: wrap; gap: 1rem; align-items: end }
  figure { margin: 0 } figcaption { font-size: 12px; color: #555 }
  img { display: block; max-width: 320px; height: auto; background: repeating-conic-gradient(#ddd 0 25%, #fff 0 50%) 0 0 / 16px 16px }
</style>
<h1>Every size of ${outcomes.length} pictures</h1>
${outcomes.map(drawSection).join('\n')}
</html>
`
}

function drawSection(outcome: Outcome): string {
  const seconds = (outcome.ms / 1000).toFixed(2)
  const name = escapeHtml(outcome.name)
  if (outcome.failure) {
    const { code, message } = outcome.failure
    return `<section><h2>${name} <small class="failed">${escapeHtml(code)}: ${escapeHtml(message)}</small></h2></section>`
  }
  const figures = outcome.sizes.map(
    (size) => `<figure><a href="${size.file}"><img src="${size.file}" width="${size.width}" alt=""></a>
    <figcaption>${size.preset}.${size.format}<br>${size.width}×${size.height}, ${size.bytes.toLocaleString('en-GB')} bytes</figcaption></figure>`,
  )
  return `<section><h2>${name} <small>ready after ${seconds} s</small></h2><div>${figures.join('\n')}</div></section>`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
