import { slotsFor } from '../render/slots.ts'
import type { AvailableResources } from './available-resources.ts'

const MB = 1_048_576

/** Memory of the worker without its render processes. Measured: 150 MB. */
const WORKER_MB = 256

/** Memory of a render process. With 100 megapixels, JPEG, PNG and WebP took up to 315 MB, and an AVIF 1.9 GB. */
const PROCESS_MB = 512

/** Maximum memory limit of a process: one and a half times the memory of the AVIF. No picture needs more. */
const MAX_PROCESS_MB = 3_072

/** The maximum that the fleet settings accept. */
const MAX_SLOTS = 64

/** The rest of the memory is for the page cache, and for files that libvips unpacks into a /tmp in memory. */
const USED_SHARE = 0.85

export interface WorkerSize {
  /** Number of slots if the fleet settings contain none. */
  slots: number
  /** Maximum number of slots for the available memory, which also limits the fleet settings. */
  maxSlots: number
  /** Memory limit of a render process with this number of slots. */
  processBytes(slots: number): number
}

/**
 * Calculates the size of a worker: one slot for each available core, rounded up, but no more than the memory allows. The
 * environment variables take precedence, even if the memory does not suffice. The fleet settings apply up to the number of
 * slots that the memory allows.
 */
export function sizeWorker(
  { cores, memoryBytes }: AvailableResources,
  environment: { WORKER_SLOTS?: number | undefined; RENDER_MEMORY_MB?: number | undefined },
): WorkerSize {
  const forProcesses = memoryBytes * USED_SHARE - WORKER_MB * MB
  const minMb = environment.RENDER_MEMORY_MB ?? PROCESS_MB
  const fits = (slots: number): boolean => memorySharesFor(slots) * minMb * MB <= forProcesses
  const fitting = (wanted: number): number => {
    let slots = wanted
    while (slots > 1 && !fits(slots)) slots -= 1
    return slots
  }
  const slots = environment.WORKER_SLOTS ?? fitting(Math.max(1, Math.ceil(cores)))
  const processBytes = (of: number): number =>
    Math.floor(Math.min(Math.max(forProcesses / memorySharesFor(of), PROCESS_MB * MB), MAX_PROCESS_MB * MB))
  return {
    slots,
    maxSlots: Math.max(slots, fitting(MAX_SLOTS)),
    processBytes:
      environment.RENDER_MEMORY_MB === undefined ? processBytes : () => (environment.RENDER_MEMORY_MB ?? 0) * MB,
  }
}

/** Whether the memory suffices if every process uses its limit. If not, the kernel may have to kill a process. */
export function fitsMemory({ memoryBytes }: AvailableResources, size: WorkerSize, slots: number): boolean {
  return memorySharesFor(slots) * size.processBytes(slots) + WORKER_MB * MB <= memoryBytes
}

/**
 * The number of processes that share the memory: those of the interactive jobs and those of the bulk jobs. The process of
 * an express job is not counted, because it rarely runs beside all others, and few pictures need the whole limit.
 */
function memorySharesFor(slots: number): number {
  return slots + slotsFor('bulk', slots)
}
