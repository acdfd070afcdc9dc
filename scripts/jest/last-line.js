/**
 * Counts the run for its last line, `N passed, N failed`, and `, N skipped` where there were any. The last global
 * tear-down writes it, because jest writes its own summary after every reporter. A run without a test has failed,
 * unless it was to run the tests of a change.
 */
export default class LastLine {
  #ranNothing = false
  #mayRunNothing

  constructor(globalConfig) {
    this.#mayRunNothing = globalConfig.passWithNoTests
  }

  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites } = results
    // A suite that could not even be loaded has no tests to count: it counts as one failure.
    const failed = numFailedTests + numRuntimeErrorTestSuites
    const skipped = numPendingTests + numTodoTests
    this.#ranNothing = numPassedTests + failed === 0
    globalThis.lastLine = `${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  }

  getLastError() {
    return this.#ranNothing && !this.#mayRunNothing ? new Error('No test ran') : undefined
  }
}
