import { readdirSync, readFileSync } from 'node:fs'

/** What the three projects share. Sources are run as they stand, through the exports condition `source`. */
const common = {
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: {
    ...sourcesOfSharedPackages(),
    // These have a condition `source` of their own, which is not meant here.
    '^(eventsource|eventsource-parser)$': '<rootDir>/node_modules/$1/dist/index.js',
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.local/'],
  dependencyExtractor: './scripts/jest/started-services.cjs',
}

/** Only a run with tests of these projects builds the deployables and starts servers. */
const withServers = {
  globalSetup: './scripts/jest/start-servers.js',
  globalTeardown: './scripts/jest/stop-servers.js',
}

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/*/src/**/*.test.ts',
        '<rootDir>/shared/*/src/**/*.test.ts',
        '<rootDir>/scripts/**/*.test.ts',
      ],
    },
    {
      ...common,
      ...withServers,
      displayName: 'service',
      testMatch: ['<rootDir>/*/tests/**/*.test.ts', '<rootDir>/shared/*/tests/**/*.test.ts'],
    },
    {
      ...common,
      ...withServers,
      displayName: 'system',
      testEnvironment: './scripts/jest/system-environment.js',
      testMatch: ['<rootDir>/tests/**/*.test.ts'],
    },
  ],
  testSequencer: './scripts/jest/longest-first.js',
  reporters: ['default', './scripts/jest/last-line.js'],
  globalTeardown: './scripts/jest/write-last-line.js',
  // Two cores are what it is measured on, and servers run beside it.
  maxWorkers: 2,
  // A worker keeps the compiled modules of every file it has run. It starts again before the next file above this size.
  workerIdleMemoryLimit: '1GB',
  // Above every wait of a test: on a busy machine a picture takes half a minute, and a limit here is no promise.
  testTimeout: 120_000,
}

/**
 * Where each entry of each shared package has its source. Jest looks for the tests of a changed file without export
 * conditions, so it would not find the sources by the exports maps.
 */
function sourcesOfSharedPackages() {
  const shared = new URL('./shared/', import.meta.url)
  return Object.fromEntries(
    readdirSync(shared).flatMap((folder) => {
      const { name, exports } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, shared), 'utf8'))
      return Object.entries(exports).map(([entry, { source }]) => [
        `^${name}${entry.slice(1)}$`,
        `<rootDir>/shared/${folder}/${source.slice(2)}`,
      ])
    }),
  )
}
