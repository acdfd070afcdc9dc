import { expect, it } from '@jest/globals'

import { betweenFolders } from './between-folders.ts'

it.each([
  [
    'two slices',
    'main-service/src/users/a.ts',
    'main-service/src/roles/b.ts',
    'main-service/src/users',
    'main-service/src/roles',
  ],
  [
    'files in subfolders of two slices',
    'main-service/src/users/x/a.ts',
    'main-service/src/roles/y/b.ts',
    'main-service/src/users',
    'main-service/src/roles',
  ],
  [
    'two folders of a shared package',
    'shared/service-kit/src/http/a.ts',
    'shared/service-kit/src/process/b.ts',
    'shared/service-kit/src/http',
    'shared/service-kit/src/process',
  ],
  [
    'a slice and a file outside of slices',
    'main-service/src/users/a.ts',
    'main-service/src/route.ts',
    'main-service/src/users',
    'main-service/src/route.ts',
  ],
])('an import between %s is an import between folders', (_what, from, to, source, target) => {
  expect(betweenFolders({ from, to })).toEqual([{ from: source, to: target }])
})

it.each([
  ['within a slice', 'main-service/src/users/a.ts', 'main-service/src/users/x/b.ts'],
  ['by the context', 'main-service/src/context.ts', 'main-service/src/users/a.ts'],
  ['of the context', 'main-service/src/users/a.ts', 'main-service/src/context.ts'],
])('an import %s is not an import between folders', (_what, from, to) => {
  expect(betweenFolders({ from, to })).toEqual([])
})
