import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { beforeEach, describe, expect, it } from '@jest/globals'

import { loadEnvFiles } from './env-files.ts'

describe('Loading the .env files of a system and of a service', () => {
  let files: [string, string]

  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'likeness-env-'))
    files = [join(folder, 'system.env'), join(folder, 'service.env')]
  })

  function load(environment: Record<string, string | undefined> = {}) {
    loadEnvFiles(environment, files)
    return environment
  }

  it('When neither file exists, then nothing changes', () => {
    expect(load({ LOG_LEVEL: 'warn' })).toEqual({ LOG_LEVEL: 'warn' })
  })

  it('When both files have a variable, then the file of the system has precedence', () => {
    writeFileSync(files[0], 'TRASH_DAYS=10\n')
    writeFileSync(files[1], 'TRASH_DAYS=20\nMAX_FILES=3\n')
    expect(load()).toEqual({ TRASH_DAYS: '10', MAX_FILES: '3' })
  })

  it('When the environment has a variable, then it has precedence over both files', () => {
    writeFileSync(files[0], 'TRASH_DAYS=10\n')
    writeFileSync(files[1], 'TRASH_DAYS=20\n')
    expect(load({ TRASH_DAYS: '5' })).toEqual({ TRASH_DAYS: '5' })
  })

  it.each(['production', 'test'])('When the environment says %s, then no file is read', (NODE_ENV) => {
    writeFileSync(files[0], 'TRASH_DAYS=10\n')
    expect(load({ NODE_ENV })).toEqual({ NODE_ENV })
  })

  it('When a value is a relative path, then it is relative to the folder of its file', () => {
    writeFileSync(files[0], 'FEATURES_FILE=./main-service/features.json\nKEYS_DIR=/etc/keys\n')
    expect(load()).toEqual({
      FEATURES_FILE: join(dirname(files[0]), 'main-service', 'features.json'),
      KEYS_DIR: '/etc/keys',
    })
  })

  it('When a value is empty, then the value of the next file applies', () => {
    writeFileSync(files[0], 'TRASH_DAYS=\n')
    writeFileSync(files[1], 'TRASH_DAYS=20\n')
    expect(load({ TRASH_DAYS: '' })).toEqual({ TRASH_DAYS: '20' })
  })
})
