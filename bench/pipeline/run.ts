import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { makeCameraPictures } from '../camera-pictures.ts'
import { figuresOf, ratios, formatFigures } from '../measure.ts'
import { listPhotos } from '../photos.ts'
import { renderEnvironment } from '../render-environment.ts'
import type { Answer, Question } from './child.ts'
import type { VariantName } from './variants.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 7)
const PHOTOS = Number(process.env['PHOTOS'] ?? 8)
const PROCESSES = 2
const SECONDS = 12

const names: Record<VariantName, string> = {
  pipeline: 'the pipeline',
  floor: 'floor: decoded once, sizes in a cascade',
  eachSize: 'each size from the original',
  eachOutput: 'each output from the original',
}
const order = Object.keys(names) as VariantName[]

/** Measures the CPU of the pipeline for a picture of 12 megapixels, against the cheapest known and two common ways. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'likeness-pipeline-'))
  const children: ChildProcess[] = []
  try {
    const photos = await makeCameraPictures(listPhotos(process.argv.slice(2), PHOTOS), folder)
    const megabytes = photos.map((photo) => statSync(photo).size / 1_000_000)
    console.log(`\n${photos.length} photos of 4000 × 3000 pixels, MB: ${formatFigures(figuresOf(megabytes), 1)}`)
    children.push(...Array.from({ length: PROCESSES }, startChild))
    const [child] = children
    if (!child) throw new Error('No child process was started')
    const cpu = await measureInTurns(child, photos)
    report(cpu)
    await reportStages(child, photos)
    await reportRates(children, photos)
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** CPU milliseconds per picture, as the mean of all photos; one value for each round. */
async function measureInTurns(child: ChildProcess, photos: string[]): Promise<Record<VariantName, number[]>> {
  const rounds: Record<VariantName, number[]> = { pipeline: [], floor: [], eachSize: [], eachOutput: [] }
  for (const variant of order) await ask(child, { path: photos[0] ?? '', variant })
  for (let round = 0; round < ROUNDS; round++) {
    const totals: Record<VariantName, number> = { pipeline: 0, floor: 0, eachSize: 0, eachOutput: 0 }
    for (const [index, path] of photos.entries()) {
      // The order is reversed for every second picture.
      for (const variant of (round + index) % 2 === 0 ? order : order.toReversed()) {
        totals[variant] += (await ask(child, { path, variant })).cpuMs
      }
    }
    for (const variant of order) rounds[variant].push(totals[variant] / photos.length)
  }
  return rounds
}

function report(cpu: Record<VariantName, number[]>): void {
  console.log(`\nCPU ms per picture, median (lowest–highest) of ${ROUNDS} rounds; the pipeline as a multiple of each\n`)
  for (const variant of order) {
    const multiple = formatFigures(figuresOf(ratios(cpu.pipeline, cpu[variant])), 3)
    console.log(`  ${names[variant].padEnd(44)} ${formatFigures(figuresOf(cpu[variant])).padEnd(20)} ${multiple}`)
  }
}

async function reportStages(child: ChildProcess, photos: string[]): Promise<void> {
  const all = new Map<string, number[]>()
  for (const path of [...photos, ...photos]) {
    const { stages } = await ask(child, { path, variant: 'stages' })
    for (const [stage, ms] of Object.entries(stages ?? {})) all.set(stage, [...(all.get(stage) ?? []), ms])
  }
  const means = [...all].map(([stage, values]) => ({ stage, ms: values.reduce((sum, ms) => sum + ms) / values.length }))
  const total = means.reduce((sum, { ms }) => sum + ms, 0)
  console.log(`\nstages one after another: mean CPU ms of the photos, ${total.toFixed(0)} in all, and share\n`)
  for (const { stage, ms } of means) {
    console.log(`  ${stage.padEnd(12)} ${ms.toFixed(1).padStart(6)} ${((ms / total) * 100).toFixed(0).padStart(4)} %`)
  }
}

/** Pictures per second of all processes together. This is measured in wall-clock time, so the machine must be quiet. */
async function reportRates(children: ChildProcess[], photos: string[]): Promise<void> {
  const rates: Record<VariantName, number[]> = { pipeline: [], floor: [], eachSize: [], eachOutput: [] }
  const rounds = Math.ceil(ROUNDS / 3)
  for (let round = 0; round < rounds; round++) {
    for (const variant of round % 2 === 0 ? order : order.toReversed()) {
      rates[variant].push(await rateOf(children, photos, variant))
    }
  }
  console.log(`\npictures per second of ${children.length} processes, median (lowest–highest) of ${rounds} rounds\n`)
  for (const variant of order)
    console.log(`  ${names[variant].padEnd(44)} ${formatFigures(figuresOf(rates[variant]), 2)}`)
}

async function rateOf(children: ChildProcess[], photos: string[], variant: VariantName): Promise<number> {
  const start = performance.now()
  const counts = await Promise.all(
    children.map(async (child, offset) => {
      let pictures = 0
      while (performance.now() - start < SECONDS * 1_000) {
        await ask(child, { path: photos[(offset + pictures) % photos.length] ?? '', variant })
        pictures += 1
      }
      // The rate of a process is the number of its pictures, divided by the time until its own last picture.
      return pictures / ((performance.now() - start) / 1_000)
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Starts a child with the environment of a render process. */
function startChild(): ChildProcess {
  return fork(join(import.meta.dirname, 'child.ts'), { env: { ...process.env, ...renderEnvironment } })
}

function ask(child: ChildProcess, question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const died = () => reject(new Error(`The child process ended while it rendered ${question.path}`))
    child.once('exit', died)
    child.once('message', (answer) => {
      child.off('exit', died)
      resolve(answer as Answer)
    })
    child.send(question)
  })
}

await main()
