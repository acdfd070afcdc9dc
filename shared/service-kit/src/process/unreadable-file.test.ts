import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'

import { expect, it } from '@jest/globals'

import { explainUnreadableFile } from './unreadable-file.ts'

function explain(file: string): string {
  try {
    readFileSync(file)
    return 'readable'
  } catch (error) {
    return explainUnreadableFile(file, error)
  }
}

it('When a file does not exist, or is a folder, then the sentence says so', () => {
  expect(explain('/nowhere/presets.json')).toBe('The file /nowhere/presets.json does not exist.')
  expect(explain(tmpdir())).toBe(`${tmpdir()} is a folder, not a file.`)
})

it('When a file belongs to another user, then the sentence says how to make it readable', () => {
  // Root, who may run the tests, can read every file.
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
  expect(explainUnreadableFile('/app/presets.json', denied)).toBe(
    'This process is not allowed to read /app/presets.json. Make the file readable for all users: chmod a+r /app/presets.json.',
  )
})
