import pTimeout from 'p-timeout'
import type { z } from 'zod'

import { collectWhenIdle } from './collect-when-idle.ts'
import { loadEnvFiles } from './env-files.ts'
import { readEnvironment } from './environment.ts'
import { createLogger, type Logger } from './logger.ts'
import { StartError } from './start-error.ts'

/** One phase of a shutdown. The phases run in order, each within its time limit, even if an earlier phase failed. */
export interface StopPhase {
  name: string
  limitMs: number
  run(): Promise<unknown>
}

interface Service<Environment> {
  name: string
  environment: z.ZodObject
  start(environment: Environment, logger: Logger): Promise<StopPhase[]>
}

/**
 * Runs a deployable: reads the `.env` files and the environment, starts, and on SIGTERM or SIGINT finishes in-flight work
 * and exits 0. If the environment, or a file that it names, has errors, it prints all of them and exits 1. If the port is
 * in use, it prints that and exits 1.
 */
export async function runService<Schema extends z.ZodObject>(
  service: Omit<Service<z.output<Schema>>, 'environment'> & { environment: Schema },
): Promise<void> {
  loadEnvFiles(process.env)
  const environment = readOrExit(service)
  const logger = createLogger({
    service: service.name,
    level: (environment as { LOG_LEVEL?: string }).LOG_LEVEL ?? 'info',
  })
  const fail = (event: string) => (error: unknown) => {
    logger.fatal({ event, error })
    process.exit(1)
  }
  process.on('uncaughtException', fail('process.uncaught-exception'))
  process.on('unhandledRejection', fail('process.unhandled-rejection'))

  let stop: ((signal: NodeJS.Signals) => void) | undefined
  const signalled = new Promise<NodeJS.Signals>((resolve) => (stop = resolve))
  process.on('SIGTERM', (signal) => stop?.(signal))
  process.on('SIGINT', (signal) => stop?.(signal))

  const phases = await service.start(environment, logger).catch((error: unknown) => {
    if (error instanceof StartError) printAndExit(service.name, error)
    return fail('process.cannot-start')(error)
  })
  logger.info({ event: 'process.started', node: process.version })
  collectWhenIdle()
  const signal = await signalled
  logger.info({ event: 'process.stopping', signal })
  await stopInOrder(phases ?? [], logger)
  logger.info({ event: 'process.stopped' })
  process.exit(0)
}

/**
 * Runs a command of a service: reads the same `.env` files and environment, and exits with the result of `run`. If `run`
 * throws, it prints the message and exits 1. It logs nothing.
 */
export async function runCommand<Schema extends z.ZodObject>(command: {
  name: string
  environment: Schema
  run(environment: z.output<Schema>, logger: Logger): Promise<number>
}): Promise<never> {
  loadEnvFiles(process.env)
  const environment = readOrExit(command)
  const logger = createLogger({ service: command.name, level: 'silent' })
  try {
    process.exit(await command.run(environment, logger))
  } catch (error) {
    console.error(`${command.name}: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  }
}

function readOrExit<Schema extends z.ZodObject>({ name, environment }: { name: string; environment: Schema }) {
  try {
    return readEnvironment(environment, process.env)
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    return printAndExit(name, error)
  }
}

/** `make dev` recognises the output by its first line, which starts with the name. */
function printAndExit(name: string, { message }: StartError): never {
  console.error(`${name}: ${message}`)
  process.exit(1)
}

/** Runs the phases in order. Logs each phase that exceeds its limit or fails. */
export async function stopInOrder(phases: StopPhase[], logger: Logger): Promise<void> {
  for (const { name, limitMs, run } of phases) {
    const logLate = () => logger.warn({ event: 'stop.late', phase: name, limitMs })
    try {
      await pTimeout<unknown>(run(), { milliseconds: limitMs, fallback: logLate })
    } catch (error) {
      logger.error({ event: 'stop.failed', phase: name, error })
    }
  }
}

/** A task that runs in the background until it is stopped. */
export interface BackgroundTask {
  /** Stops the task and waits for its current round. */
  stop(): Promise<void>
}
