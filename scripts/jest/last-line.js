/**
 * Counts the tests of a run for its last line: `N passed, N failed`, and `, N skipped` if any were. The last global
 * tear-down writes the line, because jest writes its own summary after every reporter. A run without tests fails,
 * except with SINCE.
 */
export default class LastLine {
  #ranNothing = false
  #mayRunNothing

  constructor(globalConfig) {
    this.#mayRunNothing = globalConfig.passWithNoTests
  }

  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites } = results
    // A test file that could not be loaded has no tests, so it counts as one failure.
    const failed = numFailedTests + numRuntimeErrorTestSuites
    const skipped = numPendingTests + numTodoTests
    this.#ranNothing = numPassedTests + failed === 0
    globalThis.lastLine = `${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  }

  getLastError() {
    return this.#ranNothing && !this.#mayRunNothing ? new Error('No test ran') : undefined
  }
}
