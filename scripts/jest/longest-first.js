import Sequencer from '@jest/test-sequencer'

import { needsOf } from './needs.js'

/** Seconds per kilobyte of a test file, measured over the whole suite. Used if the duration of a file is not known. */
const secondsPerKilobyte = { system: 3, service: 0.6, unit: 0.1 }

/**
 * Runs the longest test files first, so that the run does not end with one long file on one worker. Jest knows how long
 * each file took in the last run. On a clean clone, the duration is estimated from the size and the project of the file.
 *
 * All tests of the project `system` run before the others, so that each worker can keep one system running for them.
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
