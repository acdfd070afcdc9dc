import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, expect, it } from '@jest/globals'

const root = join(import.meta.dirname, '..')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-lint-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The rules of `scripts/lint/likeness-plugin.js` that this source violates, with their lines. */
async function violations(lines: string[]): Promise<string[]> {
  const file = join(folder, 'source.ts')
  await writeFile(file, lines.join('\n'))
  const command = ['-c', '.oxlintrc.json', '--format', 'json', file]
  const output = await promisify(execFile)('node_modules/.bin/oxlint', command, { cwd: root }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  )
  const { diagnostics } = JSON.parse(output) as {
    diagnostics: { code: string; labels: { span: { line: number } }[] }[]
  }
  return diagnostics
    .filter(({ code }) => code.startsWith('likeness('))
    .map(({ code, labels }) => `${labels[0]?.span.line} ${code}`)
    .toSorted()
}

it('When a source imports values of Sequelize or of a model, then lint reports it; types are allowed', async () => {
  const found = await violations([
    `import { literal } from 'sequelize'`,
    `import type { Model } from 'sequelize'`,
    `import { defineRole } from '../models/role.ts'`,
    `import { type RoleAttributes } from '../models/role.ts'`,
    `export { defineUser } from './models/user.ts'`,
    `export const later = import('sequelize')`,
  ])
  const rule = 'likeness(no-model-imports)'
  expect(found).toEqual([`1 ${rule}`, `3 ${rule}`, `5 ${rule}`, `6 ${rule}`])
})

it('When a source has the option replacements, then lint reports it; a variable can have the name', async () => {
  const found = await violations([
    `const replacements = {}`,
    `export const a = { replacements: 1 }`,
    `export const b = { 'replacements': 2 }`,
    `export const c = { replacements }`,
    `export const d = Object(replacements).replacements`,
  ])
  const rule = 'likeness(no-replacements)'
  expect(found).toEqual([`2 ${rule}`, `3 ${rule}`, `4 ${rule}`, `5 ${rule}`])
})

it('When a callback of a transaction uses its database, then lint reports it', async () => {
  const found = await violations([
    `declare const maindb: any, context: any, read: any`,
    `export const a = maindb.transaction(async (unit: any) => {`,
    `  await unit.Role.destroy({ where: { id: 1 } })`,
    `  await maindb.Role.destroy({ where: { id: 1 } })`,
    `})`,
    `export const b = context.maindb.transaction(() => context.maindb.rows('SELECT 1'))`,
    `export const c = maindb.transaction(function () { return read(maindb) })`,
    `export const d = maindb.transaction((unit: any) => read({ ...context, maindb: unit }))`,
    `export const e = maindb.transaction(() => 1).then(() => maindb.rows('SELECT 1'))`,
    `export const f = maindb.transaction((unit: any) => { const { maindb: other } = context; return [unit, other] })`,
  ])
  const rule = 'likeness(no-database-in-transaction)'
  expect(found).toEqual([`10 ${rule}`, `4 ${rule}`, `6 ${rule}`, `7 ${rule}`])
})

it('When a function with a unit of work uses the database, then lint reports it', async () => {
  const found = await violations([
    `export const a = (unit: unknown, { maindb }: { maindb: unknown }) => unit`,
    `export function b({ Role }: MaindbUnit, id: string, mediasdb: unknown) { return [Role, id] }`,
    `export function c(unit: UnitOfWork, maindbUrl: string) { return [unit, maindbUrl] }`,
    `export function e(maindb: MaindbUnit, id: string) { return maindb.rows('SELECT :id', { id }) }`,
    `export function d(maindb: Maindb) { return maindb.transaction((unit) => unit.rows('SELECT 1')) }`,
  ])
  const rule = 'likeness(no-database-in-transaction)'
  expect([...new Set(found)]).toEqual([`1 ${rule}`, `2 ${rule}`])
})
