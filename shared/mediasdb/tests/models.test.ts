import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { compareModels, createDatabase, type TestDatabase } from '@likeness/test-kit'

import { defineModels } from '../src/models/define-models.ts'

describe('the models of mediasdb', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createDatabase({ template: 'mediasdb' })
  })
  afterAll(() => database.drop())

  it('When the database is migrated, then every table has one model that agrees with it', async () => {
    expect(await compareModels(database.url, defineModels)).toEqual([])
  })

  it('When a table has no model, then it is reported', async () => {
    const differences = await compareModels(database.url, (sequelize) => {
      const { Worker: _missing, ...models } = defineModels(sequelize)
      return models
    })
    expect(differences).toEqual(['worker: the table has 0 models'])
  })
})
