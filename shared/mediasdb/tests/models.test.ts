import { expect, it } from '@jest/globals'
import { compareModels, createDatabase } from '@likeness/test-kit'

import { defineModels } from '../src/models/define-models.ts'

it('When mediasdb is migrated, then every table has one model that agrees with it', async () => {
  const database = await createDatabase({ template: 'mediasdb' })
  expect(await compareModels(database.url, defineModels)).toEqual([])
  await database.drop()
})
