import { execFileSync } from 'node:child_process'

import { drawPhotos, makeCameraPictures } from '../camera-pictures.ts'
import { listPhotos } from '../photos.ts'
import { repository } from '../repository.ts'
import { measureDrain } from './drain.ts'
import { measureFairness } from './fairness.ts'
import { measureLatency } from './latency.ts'
import { measureMemory } from './memory.ts'
import { startPrivateFleet, type PrivateFleet } from './private-fleet.ts'
import { measureThroughput } from './throughput.ts'

const parts: Record<string, (fleet: PrivateFleet, pictures: string[]) => Promise<void>> = {
  throughput: measureThroughput,
  latency: measureLatency,
  fairness: measureFairness,
  drain: measureDrain,
  memory: measureMemory,
}
/** The number of different photos. Several pictures are made from each. */
const PHOTOS = 6

/**
 * Measures the fleet, started as in its images, against the pipeline alone in the same run. Arguments: the parts to
 * measure (default: all), and a folder of photos from which the pictures are made.
 */
async function main(): Promise<void> {
  const [chosen, folders] = [process.argv.slice(2).filter(isPart), process.argv.slice(2).filter((arg) => !isPart(arg))]
  const build = [
    'run',
    '--silent',
    'build',
    ...['main-service', 'auth-service', 'medias-service', 'media-worker'].flatMap((name) => ['--workspace', name]),
  ]
  execFileSync('npm', build, { cwd: repository, stdio: 'inherit' })
  const fleet = await startPrivateFleet()
  try {
    const photos = folders.length > 0 ? listPhotos(folders, PHOTOS) : await drawPhotos(PHOTOS)
    const pictures = await makeCameraPictures(photos, fleet.folder)
    for (const part of chosen.length > 0 ? chosen : Object.keys(parts)) {
      const start = performance.now()
      await parts[part]?.(fleet, pictures)
      console.log(`\n${part}: ${((performance.now() - start) / 1_000).toFixed(0)} s`)
    }
  } finally {
    await fleet.stop()
  }
}

function isPart(argument: string): boolean {
  return argument in parts
}

await main()
