import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import sharp from 'sharp'

import type { Outcome } from './process-pictures.ts'

const cell = { width: 200, height: 150, gap: 8 }
const background = '#f2f2f0'

/**
 * Writes the results: `index.html`, a page with every size of every picture, and `sheet.jpg`, with a row for each
 * picture and a column for each of its sizes.
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
  const lines = outcomes.filter((one) => one.sizes.length > 0)
  const columns = Math.max(1, ...lines.map((one) => one.sizes.length))
  const tiles = lines.flatMap((outcome, row) =>
    outcome.sizes.map(async (size, column) => ({
      input: await drawTile(join(workFolder, size.file)),
      left: cell.gap + column * (cell.width + cell.gap),
      top: cell.gap + row * (cell.height + cell.gap),
    })),
  )
  await sharp({
    create: {
      width: cell.gap + columns * (cell.width + cell.gap),
      height: cell.gap + Math.max(1, lines.length) * (cell.height + cell.gap),
      channels: 3,
      background,
    },
  })
    .composite(await Promise.all(tiles))
    .jpeg({ quality: 85 })
    .toFile(path)
}

/** Shrunk to its cell, never enlarged: a thumbnail keeps its size. */
function drawTile(file: string): Promise<Buffer> {
  return sharp(file)
    .resize(cell.width, cell.height, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .png()
    .toBuffer()
}

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
