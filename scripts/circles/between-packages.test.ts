import { expect, it } from '@jest/globals'

import { betweenPackages } from './between-packages.ts'

it.each([
  ['shared/mediasdb/src/a.ts', '@likeness/postgres', '@likeness/mediasdb'],
  ['main-service/src/users/a.ts', '@likeness/service-kit/http', '@likeness/main-service'],
])('an import by %s of %s is an import between packages', (from, to, source) => {
  expect(betweenPackages({ from, to })).toEqual([{ from: source, to: to.split('/').slice(0, 2).join('/') }])
})

it.each([
  ['its own package', '@likeness/mediasdb'],
  ['a file', 'shared/mediasdb/src/b.ts'],
])('an import of %s is not an import between packages', (_what, to) => {
  expect(betweenPackages({ from: 'shared/mediasdb/src/a.ts', to })).toEqual([])
})
