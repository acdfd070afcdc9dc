import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { commonEnvironment, EnvironmentError, port, readEnvironment, secret } from './environment.ts'

const schema = z.object({
  ...commonEnvironment,
  PORT: port(3000).describe('A port.'),
  KEY: secret('development-key').describe('A secret.'),
})

function faultsOf(source: Record<string, string>): string[] {
  try {
    readEnvironment(schema, source)
    return []
  } catch (error) {
    return error instanceof EnvironmentError ? error.faults : [String(error)]
  }
}

describe('Reading the environment', () => {
  it('When variables are not set or empty, then development has its defaults', () => {
    expect(readEnvironment(schema, { PORT: '' })).toMatchObject({ PORT: 3000, KEY: 'development-key' })
  })

  it('When several variables are wrong, then all are reported together', () => {
    expect(faultsOf({ PORT: 'x', LOG_LEVEL: 'loud', KEY: 'short' })).toHaveLength(3)
  })

  it('When a variable is not a number, then it is reported as wrong, not as missing', () => {
    expect(faultsOf({ PORT: 'x' })).toEqual([expect.stringMatching(/^PORT is wrong: .*number/)])
  })

  it('When production has no secret, or the development secret, then it is refused by name', () => {
    expect(faultsOf({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^KEY is not set/)])
    expect(faultsOf({ NODE_ENV: 'production', KEY: 'development-key' })).toEqual([
      expect.stringMatching(/^KEY has its development value/),
    ])
    expect(faultsOf({ NODE_ENV: 'production', KEY: 'a secret of our own' })).toEqual([])
  })
})
