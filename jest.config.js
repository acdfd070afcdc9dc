/** One jest for the whole repository: sources are run as they stand, through the exports condition `source`. */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // These have a condition `source` of their own, which is not meant here.
  moduleNameMapper: { '^(eventsource|eventsource-parser)$': '<rootDir>/node_modules/$1/dist/index.js' },
  testMatch: ['**/src/**/*.test.ts', '**/tests/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.local/'],
  globalSetup: './scripts/jest/start-servers.js',
  globalTeardown: './scripts/jest/stop-servers.js',
  reporters: ['default', './scripts/jest/last-line.js'],
  // Two cores are what it is measured on, and servers run beside it.
  maxWorkers: 2,
  // Whole systems are started, stopped and killed in some of them.
  testTimeout: 30_000,
}
