import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from '@jest/globals'

const root = join(import.meta.dirname, '..')

/** The type of the codes of each catalogue, and one of its codes. */
const catalogues = [
  { file: 'shared/service-kit/src/process/problem.ts', type: 'SharedProblemCode', code: 'key-revoked' },
  { file: 'main-service/src/problems.ts', type: 'MainProblemCode', code: 'email-taken' },
  { file: 'main-service/src/problems.ts', type: 'MainProblemCode', code: 'wrong-password' },
  { file: 'auth-service/src/problems.ts', type: 'AuthProblemCode', code: 'refresh-token-invalid' },
  { file: 'auth-service/src/problems.ts', type: 'AuthProblemCode', code: 'invitation-invalid' },
  { file: 'medias-service/src/problems.ts', type: 'MediaProblemCode', code: 'too-many-files' },
  { file: 'shared/internal-api/src/problem-codes.ts', type: 'EndpointProblemCode', code: 'session-ended' },
]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-problem-codes-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The compiler's errors, as `<line> <code>`, in a source that imports files of this repository by absolute path. */
async function errorsIn(lines: string[]): Promise<string[]> {
  await writeFile(join(folder, 'source.mts'), lines.join('\n'))
  const options = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      customConditions: ['source'],
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: false,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: ['source.mts'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options))
  const command = ['-p', folder, '--pretty', 'false']
  const output = await new Promise<string>((resolve, reject) => {
    execFile(join(root, 'node_modules/.bin/tsc'), command, { cwd: folder }, (error, stdout) => {
      if (error && typeof error.code !== 'number') reject(error)
      else resolve(stdout)
    })
  })
  const errors = output.split('\n').filter((line) => /^\S/.test(line))
  return errors.map((line) => line.replace(/^source\.mts\((\d+),.*error (TS\d+):.*$/, '$1 $2'))
}

it('When a code is misspelt, then it is not a code of its catalogue', async () => {
  const source = catalogues.flatMap(({ file, type, code }, index) => [
    `import type { ${type} as Code${index} } from '${root}/${file}'`,
    `export const right${index}: Code${index} = '${code}'`,
    `export const misspelt${index}: Code${index} = '${code.slice(0, -2)}'`,
  ])

  const errors = (await errorsIn(source)).map((error) => error.replace('TS2820', 'TS2322'))

  expect(errors).toEqual(catalogues.map((_catalogue, index) => `${3 * index + 3} TS2322`))
})

it('When an internal endpoint declares a problem code, then the catalogue of a service contains it', async () => {
  const errors = await errorsIn([
    `import type { SharedProblemCode } from '${root}/shared/service-kit/src/process/problem.ts'`,
    `import type { MainProblemCode } from '${root}/main-service/src/problems.ts'`,
    `import type { AuthProblemCode } from '${root}/auth-service/src/problems.ts'`,
    `import type { MediaProblemCode } from '${root}/medias-service/src/problems.ts'`,
    `import type { EndpointProblemCode } from '${root}/shared/internal-api/src/problem-codes.ts'`,
    `type Known = SharedProblemCode | MainProblemCode | AuthProblemCode | MediaProblemCode`,
    `export const know = (code: EndpointProblemCode): Known => code`,
  ])

  expect(errors).toEqual([])
})
