import { TestEnvironment } from 'jest-environment-node'
import { register } from 'tsx/esm/api'

/** The system that this worker process keeps running for the test files that share it; undefined before the first use. */
let kept

// If jest is killed, this ends its worker, and the system ends with the worker.
process.once('disconnect', () => process.exit(1))

/**
 * The environment of the tests of the project `system`. Each test file gets new modules, so state that several files share
 * is in this module, which each worker process loads only once. The system ends with the worker.
 */
export default class SystemEnvironment extends TestEnvironment {
  async setup() {
    await super.setup()
    this.global.keptSystem = async () => {
      if (kept && !isWhole(await kept)) {
        await (await kept).stop()
        kept = undefined
      }
      kept ??= startKeptSystem().catch((error) => {
        kept = undefined
        throw error
      })
      return kept
    }
  }
}

/** Stops the system. Tests of the other projects call it, because an idle system takes CPU from them. */
export async function stopKeptSystem() {
  const stopping = kept
  kept = undefined
  await (await stopping)?.stop()
}

function isWhole(system) {
  return [system.main, system.auth, system.medias, ...system.workers].every((service) => service.isRunning())
}

async function startKeptSystem() {
  const unregister = register()
  try {
    const source = new URL('../../shared/test-kit/src/system.ts', import.meta.url)
    const { startSystem } = await import(source.href)
    return await startSystem({
      gateway: true,
      environment: { 'medias-service': { ATTACHMENT_TYPES: 'application/pdf' } },
      folder: process.env.LIKENESS_TEST_FOLDER,
    })
  } finally {
    await unregister()
  }
}
