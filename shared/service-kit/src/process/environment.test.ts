import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { commonEnvironment, EnvironmentError, port, postgresUrl, readEnvironment, secret } from './environment.ts'

const schema = z.object({
  ...commonEnvironment,
  PORT: port(3000).describe('A port.'),
  KEY: secret('development-key').describe('A secret.'),
  DATABASE_URL: postgresUrl('postgres://user:password@localhost/db').describe('A URL with a password.'),
  SECONDS: z.coerce.number().int().min(30).max(3_600).default(900).describe('A number within bounds.'),
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

  it('When several variables are wrong, then all are reported together, without a value that may be a secret', () => {
    const wrong = { PORT: 'x', LOG_LEVEL: 'loud', KEY: 'hunter2', DATABASE_URL: 'mysql://root:hunter2@db/x' }

    expect(faultsOf(wrong)).toEqual([
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent (it is loud).',
      'PORT must be a number (it is x).',
      'KEY must have at least 8 characters.',
      'DATABASE_URL must be a URL such as postgres://user:password@host:5432/database.',
    ])
  })

  it.each([
    ['10', 'SECONDS must be at least 30 (it is 10).'],
    ['9000', 'SECONDS must be at most 3600 (it is 9000).'],
    ['60.5', 'SECONDS must be a whole number (it is 60.5).'],
    ['60 s', 'SECONDS must be a number.'],
  ])('When a number is %s, then its bound and its value are reported', (value, fault) => {
    expect(faultsOf({ SECONDS: value })).toEqual([fault])
  })

  it('When production has no secret, or the development secret, then a fault names the variable', () => {
    expect(faultsOf({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^KEY is required/)])
    expect(faultsOf({ NODE_ENV: 'production', KEY: 'development-key' })).toEqual([
      expect.stringMatching(/^KEY has its development value/),
    ])
    expect(faultsOf({ NODE_ENV: 'production', KEY: 'a secret of our own' })).toEqual([])
  })
})
