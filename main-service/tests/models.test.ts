import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { compareModels, createDatabase, type TestDatabase } from '@likeness/test-kit'
import { DataTypes, type Sequelize } from 'sequelize'

import { defineModels } from '../src/models/define-models.ts'

describe('the models of maindb', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createDatabase({ template: 'maindb' })
  })
  afterAll(() => database.drop())

  const compare = (define: Parameters<typeof compareModels>[1]) => compareModels(database.url, define)

  it('When the database is migrated, then every table has one model that matches it', async () => {
    expect(await compare(defineModels)).toEqual([])
  })

  it('When a table has no model or two models, or a model has no table, then it is reported', async () => {
    const differences = await compare((sequelize) => {
      const { Guess: _missing, ...models } = defineModels(sequelize)
      return { ...models, Role2: models.Role, Pet: sequelize.define('Pet', { name: DataTypes.TEXT }) }
    })
    expect(differences).toEqual([
      'Pet: the table does not exist',
      'guess: the table has 0 models',
      'roles: the table has 2 models',
    ])
  })

  it('When a model differs from its table, then each difference is reported', async () => {
    const withColumns = (columns: Parameters<Sequelize['define']>[1]) =>
      compare((sequelize) => {
        const models = defineModels(sequelize)
        return { ...models, Invitation: sequelize.define('Invitation', columns, { tableName: 'invitation' }) }
      })
    const userId = { type: DataTypes.UUID, primaryKey: true, references: { model: 'roles', key: 'id' } }
    const differences = await withColumns({
      id: { type: DataTypes.INTEGER, primaryKey: true },
      userId,
      invitedBy: { type: DataTypes.UUID, allowNull: false },
      tokenHash: DataTypes.CHAR(32),
      expiresAt: DataTypes.DATE,
      sentAt: DataTypes.DATE(3),
      createdAt: { type: DataTypes.DATE(3), allowNull: false },
      openedAt: DataTypes.DATE(3),
    })
    expect(differences).toEqual([
      'invitation.created_at: default is now() in the table, null in the model',
      'invitation.expires_at: type is timestamp(3) with time zone in the table, timestamp with time zone in the model',
      'invitation.failed_reason: the model lacks the column',
      'invitation.id: type is uuid in the table, integer in the model',
      'invitation.invited_by: nullable is true in the table, false in the model',
      'invitation.invited_by: references is users(id) ON DELETE SET NULL in the table, null in the model',
      'invitation.opened_at: the table lacks the column',
      'invitation.token_hash: type is character(64) in the table, character(32) in the model',
      'invitation.user_id: inPrimaryKey is false in the table, true in the model',
      'invitation.user_id: references is users(id) ON DELETE CASCADE in the table, roles(id) ON DELETE NO ACTION in the model',
    ])
  })
})
