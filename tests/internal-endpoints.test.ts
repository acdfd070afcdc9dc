import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from '@jest/globals'
import * as internalApi from '@likeness/internal-api'

const repository = fileURLToPath(new URL('..', import.meta.url))
const sources = readSources()

/** The sources of every service and shared package except internal-api, by path. */
function readSources(): Map<string, string> {
  const packages = [...readdirSync(repository), ...readdirSync(`${repository}shared`).map((name) => `shared/${name}`)]
  const folders = packages.map((path) => `${path}/src`).filter((path) => existsSync(repository + path))
  const paths = folders
    .filter((folder) => folder !== 'shared/internal-api/src')
    .flatMap((folder) => readdirSync(repository + folder, { recursive: true }).map((path) => `${folder}/${path}`))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  return new Map(paths.map((path) => [path, readFileSync(repository + path, 'utf8')]))
}

const endpoints = Object.entries(internalApi)
  .filter(([group]) => group.endsWith('Endpoints'))
  .flatMap(([group, members]) => Object.keys(members).map((name) => `${group}.${name}`))

const filesWith = (pattern: RegExp) => [...sources].filter(([, text]) => pattern.test(text)).map(([path]) => path)

describe('When a service calls another', () => {
  it('then the path is written only in internal-api', () => {
    expect(sources.size).toBeGreaterThan(300)
    expect(filesWith(/['"`]\/?internal\//)).toEqual([])
  })

  it.each(endpoints)('then %s is implemented by one service and called by another', (endpoint) => {
    const answered = filesWith(new RegExp(`internalRoute\\(\\s*${endpoint}\\b`))
    const called = filesWith(new RegExp(`\\b(call|openStream)\\(\\s*\\w+,\\s*${endpoint}\\b`))

    expect([answered.length > 0, called.length > 0]).toEqual([true, true])
  })
})
