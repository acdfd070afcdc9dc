import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { registerSomebody } from '@likeness/test-kit'

import { figuresOf, formatFigures, percentile } from '../measure.ts'
import { listenForReady, uploadUntilReady, writeCopy } from '../ready-media.ts'
import type { PrivateFleet } from './private-fleet.ts'
import { forgetMedia, queueVersions, repeated, waitForStarts } from './queued-versions.ts'

const UPLOADS = Number(process.env['UPLOADS'] ?? 10)
/** The uploads of the owner who keeps the fleet busy. */
const BUSY_JOBS = 1_000
/** The pictures that one owner uploads at the same time. */
const AT_ONCE = 5

/** Measures how long an owner waits for one picture, and for some, while another owner has a thousand jobs waiting. */
export async function measureFairness(fleet: PrivateFleet, pictures: string[]): Promise<void> {
  const ready = await listenForReady(fleet.postgres.url)
  const drawing = join(fleet.folder, 'slow.svg')
  await writeFile(drawing, slowDrawing())
  /** Each picture belongs to another owner. */
  const some = async (): Promise<number[]> => {
    const all: number[] = []
    for (const picture of repeated(pictures, UPLOADS)) {
      const person = await registerSomebody(fleet.system)
      all.push(await uploadUntilReady(fleet.system, person, ready, await writeCopy(fleet.folder, picture)))
    }
    return all
  }
  /** The time until the last of several pictures of one owner is ready. */
  const several = async (): Promise<number> => {
    const person = await registerSomebody(fleet.system)
    const copies = await Promise.all(repeated(pictures, AT_ONCE).map((picture) => writeCopy(fleet.folder, picture)))
    const each = await Promise.all(copies.map((copy) => uploadUntilReady(fleet.system, person, ready, copy)))
    return Math.max(...each)
  }
  try {
    await fleet.startWorkers(2, { slots: 1 })
    // The first pictures of a process take longer, so they do not count.
    await some()
    console.log(
      `\nmilliseconds from the upload's 201 to ready, two workers of one slot, ${UPLOADS} uploads: median (lowest–highest), p95\n`,
    )
    print('idle fleet', await some())
    print(`idle fleet, the last of ${AT_ONCE} at once`, [await several(), await several()])
    const busy = [
      { name: `behind ${BUSY_JOBS} camera pictures`, sources: repeated(pictures, BUSY_JOBS), format: 'jpeg' },
      { name: `behind ${BUSY_JOBS} drawings at their limit`, sources: repeated([drawing], BUSY_JOBS), format: 'svg' },
    ] as const
    for (const { name, sources, format } of busy) {
      await queueVersions(fleet, sources, { format })
      await waitForStarts(fleet)
      print(name, await some())
      print(`${name}, the last of ${AT_ONCE} at once`, [await several(), await several()])
      await forgetMedia(fleet)
    }
  } finally {
    await ready.stop()
    await fleet.stopWorkers()
  }
}

/** Many large translucent shapes: each is cheap, but all together exceed the limit of CPU time. */
function slowDrawing(): string {
  const gradient =
    '<radialGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></radialGradient>'
  const shape = '<rect width="900" height="900" fill="url(#g)" opacity=".1"/>'
  return `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900">${gradient}${shape.repeat(20_000)}</svg>`
}

function print(name: string, values: number[]): void {
  console.log(
    `  ${name.padEnd(58)} ${formatFigures(figuresOf(values)).padEnd(24)} ${percentile(values, 95).toFixed(0)}`,
  )
}
