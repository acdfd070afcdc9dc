import { createRequire } from 'node:module'

import { expect, it } from '@jest/globals'
import { createDatabase } from '@likeness/test-kit'
import { Sequelize } from 'sequelize'

import { openMaindb } from '../src/maindb.ts'

interface Migration {
  up(queryInterface: object): Promise<void>
  down(queryInterface: object): Promise<void>
}

const migration = createRequire(import.meta.url)('../migrations/20261124091200-extend-users.cjs') as Migration

it('When existing users are migrated, then they have the new keys, and only one user gets a common key', async () => {
  const database = await createDatabase({ template: 'maindb' })
  const maindb = openMaindb({ url: database.url, applicationName: 'test', poolSize: 1 })
  const sequelize = new Sequelize(database.url, { dialect: 'postgres', logging: false })
  const add = (name: string, email: string) =>
    maindb.rows(
      `INSERT INTO users (id, email, email_key, name, status, created_at)
       VALUES (gen_random_uuid(), :email, :key, :name, 'active', clock_timestamp())`,
      { name, email, key: email.normalize('NFKC').toLowerCase() },
    )
  const keys = async () =>
    Object.fromEntries(
      (
        await maindb.rows<{ name: string; key: string }>(
          `SELECT name, email_key AS key FROM users WHERE name <> 'Administrator'`,
        )
      ).map(({ name, key }) => [name, key]),
    )
  await migration.down(sequelize.getQueryInterface())
  await add('ASCII', 'Ada@Example.com')
  await add('IDN', 'Ada@MÜNCHEN.example')
  await add('first', 'eve@zürich.example')
  await add('second', 'eve@xn--zrich-kva.example')
  await add('third', 'ｅｖｅ1@zu\u0308rich.example')
  const before = await keys()

  await migration.up(sequelize.getQueryInterface())
  expect(await keys()).toEqual({
    ASCII: 'ada@example.com',
    IDN: 'ada@xn--mnchen-3ya.example',
    // `second` already had this key, so `first` keeps the old one.
    first: 'eve@zürich.example',
    second: 'eve@xn--zrich-kva.example',
    third: 'eve1@xn--zrich-kva.example',
  })

  await migration.down(sequelize.getQueryInterface())
  expect(await keys()).toEqual(before)
  await sequelize.close()
  await maindb.close()
  await database.drop()
})
