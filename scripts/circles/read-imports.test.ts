import { expect, it } from '@jest/globals'

import { importsOf } from './read-imports.ts'

const file = 'main-service/src/users/rename-user.ts'
const targets = (text: string) => importsOf(file, text).map(({ to }) => to)

it.each([
  ['a value', `import { a } from './a.ts'`, ['main-service/src/users/a.ts']],
  ['a type', `import type { A } from '../a.ts'`, ['main-service/src/a.ts']],
  ['a side effect', `import './a.ts'`, ['main-service/src/users/a.ts']],
  ['a re-exported value', `export { a } from '../roles/a.ts'`, ['main-service/src/roles/a.ts']],
  ['a value at run time', `const { a } = await import('./a.ts')`, ['main-service/src/users/a.ts']],
  ['a package of this repository', `import { z } from '@likeness/postgres'`, ['@likeness/postgres']],
  ['everything that is re-exported', `export * from '../roles/a.ts'`, ['main-service/src/roles/a.ts']],
])('an import of %s counts', (_what, text, expected) => {
  expect(targets(text)).toEqual(expected)
})

it('a file that is imported twice counts once', () => {
  expect(targets(`import { a } from './a.ts'\nimport type { A } from './a.ts'`)).toEqual([
    'main-service/src/users/a.ts',
  ])
})

it('other packages and text that only looks like an import do not count', () => {
  expect(targets(`import { z } from 'zod'\nconst text = "import { a } from './a.ts'"\n// import './b.ts'`)).toEqual([])
})
