import { slotsFor } from '../render/slots.ts'
import type { AvailableResources } from './available-resources.ts'

const MB = 1_048_576

/** The worker without its render processes; it took 150 MB. */
const WORKER_MB = 256

/** A render process. Of 100 megapixels, JPEG, PNG and WebP took up to 315 MB, and an AVIF 1.9 GB. */
const PROCESS_MB = 512

/** What none needs more of: the AVIF, and half as much again. */
const MAX_PROCESS_MB = 3_072

/** The fleet is told of no more. */
const MAX_SLOTS = 64

/** The rest of the memory is for page cache, and for what libvips unpacks into a /tmp that is memory too. */
const USED_SHARE = 0.85

export interface WorkerSize {
  /** Slots where the fleet is told of none. */
  slots: number
  /** As many as memory carries, whatever the fleet is told. */
  maxSlots: number
  /** The most that a render process may take where there are so many slots. */
  processBytes(slots: number): number
}

/**
 * How much a worker does at once: a slot for each core given, a part of one counting as one, but no more than memory
 * carries. What is set by hand holds; what the fleet is told holds as far as memory carries it.
 */
export function sizeWorker(
  { cores, memoryBytes }: AvailableResources,
  byHand: { WORKER_SLOTS?: number | undefined; RENDER_MEMORY_MB?: number | undefined },
): WorkerSize {
  const forProcesses = memoryBytes * USED_SHARE - WORKER_MB * MB
  const leastMb = byHand.RENDER_MEMORY_MB ?? PROCESS_MB
  const carries = (slots: number): boolean => processesFor(slots) * leastMb * MB <= forProcesses
  const carried = (wanted: number): number => {
    let slots = wanted
    while (slots > 1 && !carries(slots)) slots -= 1
    return slots
  }
  const slots = byHand.WORKER_SLOTS ?? carried(Math.max(1, Math.ceil(cores)))
  const processBytes = (of: number): number =>
    Math.floor(Math.min(Math.max(forProcesses / processesFor(of), PROCESS_MB * MB), MAX_PROCESS_MB * MB))
  return {
    slots,
    maxSlots: Math.max(slots, carried(MAX_SLOTS)),
    processBytes: byHand.RENDER_MEMORY_MB === undefined ? processBytes : () => (byHand.RENDER_MEMORY_MB ?? 0) * MB,
  }
}

/** Whether every process could take the most at once: where not, the kernel may have to end one. */
export function fitsMemory({ memoryBytes }: AvailableResources, size: WorkerSize, slots: number): boolean {
  return processesFor(slots) * size.processBytes(slots) + WORKER_MB * MB <= memoryBytes
}

/** Bulk jobs render beside the others, in processes of their own. */
function processesFor(slots: number): number {
  return slots + slotsFor('bulk', slots)
}
