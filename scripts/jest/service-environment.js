import { TestEnvironment } from 'jest-environment-node'

import { stopKeptSystem } from './system-environment.js'

/** The environment of the tests of the project `service`, which run after those of the project `system`. */
export default class ServiceEnvironment extends TestEnvironment {
  async setup() {
    await super.setup()
    await stopKeptSystem()
  }
}
