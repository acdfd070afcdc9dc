import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import sharp from 'sharp'
import { ssim } from 'ssim.js'

/** Decoded pixels with 8 bits per channel: red, green, blue. */
export interface Pixels {
  width: number
  height: number
  data: Buffer
}

/** The likeness of an encoded picture to its source; null if the program of a metric is not installed. */
export interface Likeness {
  /** Up to 100; higher is better. 70 is good. At 80, no difference is visible side by side; at 90, none in a flicker test. */
  ssimulacra2: number | null
  /** The 3-norm, from 0; lower is better. */
  butteraugli: number | null
  /** SSIM of luma at the picture's own resolution, up to 1. */
  ssim: number | null
}

const run = promisify(execFile)

/** The installed programs. butteraugli_main is in Debian's libjxl-devtools; ssimulacra2 is built from its source. */
export async function findPrograms(): Promise<string[]> {
  const programs = ['ssimulacra2', 'butteraugli_main']
  const found = await Promise.all(
    programs.map((name) =>
      run('sh', ['-c', `command -v ${name}`]).then(
        () => true,
        () => false,
      ),
    ),
  )
  return programs.filter((_, index) => found[index])
}

/**
 * Compares an encoded picture with the pixels that were encoded.
 *
 * @param closely whether butteraugli and SSIM, which take longer, are also computed
 */
export async function likenessOf(
  reference: Pixels,
  encoded: Buffer,
  { closely, programs, folder }: { closely: boolean; programs: string[]; folder: string },
): Promise<Likeness> {
  const data = await sharp(encoded).toColourspace('srgb').removeAlpha().raw().toBuffer()
  const { width, height } = reference
  const files = { one: join(folder, 'one.ppm'), other: join(folder, 'other.ppm') }
  await Promise.all([writeFile(files.one, ppm(reference)), writeFile(files.other, ppm({ width, height, data }))])
  const ask = async (name: string, ...options: string[]): Promise<string | null> => {
    if (!programs.includes(name)) return null
    return (await run(name, [files.one, files.other, ...options])).stdout
  }
  const ssimulacra2 = await ask('ssimulacra2')
  const butteraugli = closely ? await ask('butteraugli_main', '--pnorm', '3') : null
  return {
    ssimulacra2: ssimulacra2 === null ? null : Number(ssimulacra2),
    butteraugli: butteraugli === null ? null : Number(/3-norm: ([\d.]+)/.exec(butteraugli)?.[1]),
    ssim: closely ? ssimOf(reference, { width, height, data }) : null,
  }
}

/** Uses windows that do not overlap. The result differs by less than 0.0001 and takes a tenth of the time. */
function ssimOf(one: Pixels, other: Pixels): number {
  return ssim(rgba(one), rgba(other), { ssim: 'bezkrovny', downsample: false }).mssim
}

function rgba({ width, height, data }: Pixels): { width: number; height: number; data: Uint8ClampedArray } {
  const four = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) four.set(data.subarray(from, from + 3), to)
  return { width, height, data: four }
}

/** Writes Netpbm's format: a header and the bytes. */
function ppm({ width, height, data }: Pixels): Buffer {
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), data])
}
