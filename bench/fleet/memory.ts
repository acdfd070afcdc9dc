import { existsSync } from 'node:fs'
import { join } from 'node:path'

import sharp from 'sharp'

import { figuresOf, ratios, formatFigures } from '../measure.ts'
import { figuresOfFamily, proportionalBytesOf } from '../process-figures.ts'
import { startBarePipeline } from './bare-pipeline.ts'
import type { PrivateFleet } from './private-fleet.ts'
import { queueVersions, repeated, waitUntilReady } from './queued-versions.ts'

const SAMPLE_MS = 20
const MEGABYTE = 1_048_576
const PICTURES = 12
/** Debian's libjemalloc2. */
const JEMALLOC = '/usr/lib/x86_64-linux-gnu/libjemalloc.so.2'

const arena = { MALLOC_ARENA_MAX: '1' }
const allocators: Record<string, Record<string, string>> = {
  'MALLOC_ARENA_MAX=1, as render processes are started': arena,
  'glibc defaults': {},
  'MALLOC_ARENA_MAX=2': { MALLOC_ARENA_MAX: '2' },
  'MALLOC_ARENA_MAX=1, MALLOC_MMAP_THRESHOLD_=1 MiB': { ...arena, MALLOC_MMAP_THRESHOLD_: '1048576' },
  'MALLOC_ARENA_MAX=1, UV_THREADPOOL_SIZE=1': { ...arena, UV_THREADPOOL_SIZE: '1' },
  'jemalloc defaults': { LD_PRELOAD: JEMALLOC },
  'jemalloc, 1 arena, no decay': {
    LD_PRELOAD: JEMALLOC,
    MALLOC_CONF: 'narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0',
  },
}

interface Memory {
  residentMb: number
  proportionalMb: number
}

/** Measures the memory of a worker with its processes for several pictures, and of a render process by allocator. */
export async function measureMemory(fleet: PrivateFleet, pictures: string[]): Promise<void> {
  const large = await drawLargePictures(fleet.folder)
  console.log('\nMaximum MB of one worker and its processes: resident, and proportional (each shared page divided)\n')
  for (const slots of [1, 2]) {
    const [worker] = await fleet.startWorkers(1, { slots })
    if (!worker) throw new Error('No worker has started')
    const printMaximum = async (name: string, some: string[]): Promise<void> =>
      printMemory(
        `${slots} slot${slots > 1 ? 's' : ''}, ${name}`,
        await measureMaximum(worker.pid, () => render(fleet, some)),
      )
    await printMaximum('idle', [])
    await printMaximum('12 megapixels', repeated(pictures, PICTURES))
    if (slots === 1) for (const [name, path] of large) await printMaximum(name, [path])
    await fleet.stopWorkers()
  }
  await reportAllocators(pictures)
}

async function render(fleet: PrivateFleet, pictures: string[]): Promise<void> {
  if (pictures.length > 0) await waitUntilReady(fleet, await queueVersions(fleet, pictures))
}

/** The maximum memory of a process and its children during some work. */
async function measureMaximum(pid: number, work: () => Promise<void>): Promise<Memory> {
  let [resident, proportional] = [0, 0]
  const sample = (): void => {
    const { residentBytes } = figuresOfFamily(pid)
    // For PSS, the kernel adds up every page, which takes milliseconds. So PSS is read only at a new maximum of RSS.
    if (residentBytes > resident * 1.01) proportional = Math.max(proportional, proportionalBytesOf(pid))
    resident = Math.max(resident, residentBytes)
  }
  sample()
  const sampling = setInterval(sample, SAMPLE_MS)
  try {
    await work()
  } finally {
    clearInterval(sampling)
  }
  return { residentMb: resident / MEGABYTE, proportionalMb: proportional / MEGABYTE }
}

/** Compares allocators: one process of the bare pipeline for each, which render the same pictures in turn. */
async function reportAllocators(pictures: string[]): Promise<void> {
  const ways = Object.entries(allocators).filter(([, { LD_PRELOAD }]) => !LD_PRELOAD || existsSync(LD_PRELOAD))
  const children = await Promise.all(
    ways.map(async ([name, environment]) => {
      const bare = await startBarePipeline(1, { UV_THREADPOOL_SIZE: '2', VIPS_CONCURRENCY: '1', ...environment })
      return { name, bare, pid: bare.pids[0] ?? -1, most: 0, cpu: [] as number[] }
    }),
  )
  for (const { bare } of children) await bare.render(pictures.slice(0, 2))
  for (const [index, picture] of pictures.entries()) {
    for (const child of index % 2 === 0 ? children : children.toReversed()) {
      const before = figuresOfFamily(child.pid).cpuMs
      const { residentMb } = await measureMaximum(child.pid, async () => void (await child.bare.render([picture])))
      child.cpu.push(figuresOfFamily(child.pid).cpuMs - before)
      child.most = Math.max(child.most, residentMb)
    }
  }
  console.log(
    '\none process of the bare pipeline, 12 megapixels: maximum resident MB, CPU ms per picture, and as a multiple\n',
  )
  for (const { name, bare, most, cpu } of children) {
    const multiple = formatFigures(figuresOf(ratios(cpu, children[0]?.cpu)), 2)
    console.log(
      `  ${name.padEnd(52)} ${most.toFixed(0).padStart(5)}   ${formatFigures(figuresOf(cpu)).padEnd(20)} ${multiple}`,
    )
    bare.stop()
  }
}

function printMemory(name: string, { residentMb, proportionalMb }: Memory): void {
  console.log(`  ${name.padEnd(40)} ${residentMb.toFixed(0).padStart(5)} ${proportionalMb.toFixed(0).padStart(5)}`)
}

/** Pictures of 100 megapixels, in formats for which decoders need the least and the most memory. */
async function drawLargePictures(folder: string): Promise<Map<string, string>> {
  const side = 10_000
  const noise = { type: 'gaussian', mean: 128, sigma: 20 } as const
  const small = await sharp({ create: { width: side / 8, height: side / 8, channels: 3, background: '#456', noise } })
    .png()
    .toBuffer()
  const drawn = () => sharp(small).resize(side, side, { kernel: 'cubic' })
  const ways = {
    JPEG: drawn().jpeg({ quality: 90 }),
    'progressive JPEG': drawn().jpeg({ quality: 90, progressive: true }),
    PNG: drawn().png({ compressionLevel: 1 }),
    'interlaced PNG': drawn().png({ compressionLevel: 1, progressive: true }),
    AVIF: drawn().avif({ quality: 60, effort: 0 }),
  }
  const paths = new Map<string, string>()
  for (const [name, picture] of Object.entries(ways)) {
    const path = join(folder, `large ${name}`)
    await picture.toFile(path)
    paths.set(`100 megapixels, ${name}`, path)
  }
  return paths
}
