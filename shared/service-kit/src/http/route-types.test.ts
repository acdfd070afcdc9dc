import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { beforeAll, describe, expect, it } from '@jest/globals'

const root = join(import.meta.dirname, '../../../..')
const fixtures = join(import.meta.dirname, '../../route-types')

/** The compiler's error for each fixture that must not compile. */
const rejections: Record<string, RegExp> = {
  'presenter-missing-field': /Property 'usedAt' is missing/,
  'presenter-wrong-type': /Type 'Date \| null' is not assignable to type 'string \| null'/,
  'presenter-extra-field': /'ownerId' does not exist/,
  'body-missing-field': /Property 'usedAt' is missing/,
  'body-extra-field': /'ownerId' does not exist/,
  'body-row': /'ToolRow' is not assignable/,
  'body-where-none': /not assignable to parameter of type 'undefined'/,
  'undeclared-status': /Reply<202, .* is not assignable/,
  'no-body': /Reply<204, undefined>.* is not assignable/,
  'no-reply': /'Promise<undefined>' is not assignable/,
  'reply-to-stream': /Reply<200, .* is not assignable to type 'Promise<undefined>'/,
  'page-of-rows': /'ToolRow\[\]' is not assignable/,
  'misspelt-code': /'"tool-takn"' is not assignable/,
  'misspelt-shared-code': /'"tool-brokn"' is not assignable/,
  'misspelt-endpoint-code': /'"email-takn"' is not assignable/,
  'internal-reply-row': /'ToolRow' is not assignable/,
  'internal-reply-status': /Reply<202, .* is not assignable/,
  'foreign-code': /'"email-taken"' is not assignable/,
}

describe('The types of a route', () => {
  const errors = new Map<string, string>()

  beforeAll(async () => {
    for (const error of (await compile()).split(/\n(?=\S)/)) {
      const name = basename(error.split('(')[0] ?? '', '.ts')
      errors.set(name, `${errors.get(name) ?? ''}${error}`)
    }
  })

  it.each(Object.entries(rejections))('reject %s', (name, reason) => {
    expect(errors.get(name)).toMatch(reason)
  })

  it('accept replies with declared statuses, bodies that match their schemas, and codes of the catalogues', async () => {
    const names = (await readdir(fixtures)).filter((file) => file.endsWith('.ts')).map((file) => basename(file, '.ts'))
    const accepted = names.filter((name) => !errors.has(name))

    expect(accepted.sort()).toEqual(['right', 'tools'])
    expect([...errors.keys()].sort()).toEqual(Object.keys(rejections).sort())
  })
})

/** The compiler's errors. Each one begins on a new line. */
function compile(): Promise<string> {
  const tsc = join(root, 'node_modules/.bin/tsc')
  return new Promise((resolve, reject) => {
    execFile(tsc, ['-p', fixtures, '--pretty', 'false'], { cwd: root }, (error, stdout) => {
      if (error && typeof error.code !== 'number') return reject(error)
      resolve(stdout.trim())
    })
  })
}
