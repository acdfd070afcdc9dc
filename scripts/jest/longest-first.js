import Sequencer from '@jest/test-sequencer'

import { needsOf } from './needs.js'

/** Seconds per kilobyte of a test file, as measured over the whole suite. Used without a known duration. */
const secondsPerKilobyte = { system: 3, service: 0.6, unit: 0.1 }

/**
 * Runs the longest test files first, so that no worker is left with a long one at the end. Jest knows how long each
 * file took last time. On a clean clone it does not, and the size and the project of the file give an estimate.
 *
 * All tests of the project `system` come before the others, so that each worker can keep one system running for them.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    globalThis.needsOfTestRun = needsOf(tests.map(({ path }) => path))
    const seconds = new Map(tests.map((test) => [test, this.#secondsOf(test)]))
    const rank = (test) => (test.context.config.displayName.name === 'system' ? 0 : 1)
    return [...tests].sort((a, b) => rank(a) - rank(b) || seconds.get(b) - seconds.get(a))
  }

  #secondsOf(test) {
    const { config, hasteFS } = test.context
    test.duration = this.time(test)
    if (test.duration !== undefined) return test.duration / 1_000
    return ((hasteFS.getSize(test.path) ?? 0) / 1_024) * secondsPerKilobyte[config.displayName.name]
  }
}
