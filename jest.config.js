import { readdirSync, readFileSync } from 'node:fs'

/** The settings of all three projects. The exports condition `source` runs the sources without a build. */
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
    ...sourcesOfPackages('shared'),
    ...sourcesOfPackages('clients'),
    // These packages have their own condition `source`, which must not apply here.
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
        '<rootDir>/deploy/*/src/**/*.test.ts',
        '<rootDir>/shared/*/src/**/*.test.ts',
        '<rootDir>/clients/*/src/**/*.test.ts',
        '<rootDir>/scripts/**/*.test.ts',
      ],
    },
    {
      ...common,
      ...withServers,
      displayName: 'service',
      testEnvironment: './scripts/jest/service-environment.js',
      testMatch: [
        '<rootDir>/*/tests/**/*.test.ts',
        '<rootDir>/shared/*/tests/**/*.test.ts',
        '<rootDir>/deploy/*/tests/**/*.test.ts',
      ],
    },
    {
      ...common,
      ...withServers,
      displayName: 'system',
      testEnvironment: './scripts/jest/system-environment.js',
      testMatch: ['<rootDir>/tests/**/*.test.ts', '<rootDir>/clients/*/tests/**/*.test.ts'],
    },
  ],
  testSequencer: './scripts/jest/longest-first.js',
  reporters: ['default', './scripts/jest/last-line.js'],
  globalTeardown: './scripts/jest/write-last-line.js',
  // Tests wait for servers a third of the time, so three workers keep two cores busy.
  maxWorkers: 3,
  // A worker keeps the compiled modules of every file that it has run. Above this size, it restarts before the next file.
  workerIdleMemoryLimit: '2GB',
  // Longer than every wait of a test. On a busy machine a picture takes half a minute, and this limit checks no duration.
  testTimeout: 120_000,
}

/**
 * The source of each entry of each package in a folder. When jest searches the tests of a changed file, it ignores export
 * conditions, so it would not find the sources through the exports maps.
 */
function sourcesOfPackages(parent) {
  const packages = new URL(`./${parent}/`, import.meta.url)
  return Object.fromEntries(
    readdirSync(packages).flatMap((folder) => {
      const { name, exports } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, packages), 'utf8'))
      return Object.entries(exports).map(([entry, { source }]) => [
        `^${name}${entry.slice(1)}$`,
        `<rootDir>/${parent}/${folder}/${source.slice(2)}`,
      ])
    }),
  )
}
