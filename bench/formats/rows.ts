import { existsSync, readFileSync, writeFileSync } from 'node:fs'

import type { Likeness } from './likeness.ts'

/** One photo in one width, encoded in one way. */
export interface Row extends Likeness {
  photo: string
  width: number
  curve: string
  quality: number
  bytes: number
  cpuMs: number
}

const columns = 'photo,width,curve,quality,bytes,cpuMs,ssimulacra2,butteraugli,ssim'

/** @returns an empty list if the file does not exist */
export function readRows(path: string): Row[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1)
  return lines.map((line) => {
    const [photo = '', width, curve = '', quality, bytes, cpuMs, ...likeness] = line.split(',')
    const [ssimulacra2 = null, butteraugli = null, ssim = null] = likeness.map((text) => (text ? Number(text) : null))
    const numbers = { width: Number(width), quality: Number(quality), bytes: Number(bytes), cpuMs: Number(cpuMs) }
    return { photo, curve, ...numbers, ssimulacra2, butteraugli, ssim }
  })
}

export function writeRows(path: string, rows: Row[]): void {
  const lines = rows.map(({ photo, width, curve, quality, bytes, cpuMs, ssimulacra2, butteraugli, ssim }) =>
    [
      photo,
      width,
      curve,
      quality,
      bytes,
      cpuMs.toFixed(2),
      ssimulacra2?.toFixed(2) ?? '',
      butteraugli?.toFixed(3) ?? '',
      ssim?.toFixed(4) ?? '',
    ].join(','),
  )
  writeFileSync(path, `${[columns, ...lines].join('\n')}\n`)
}
