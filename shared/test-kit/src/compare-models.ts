import { openDatabase } from '@likeness/postgres'
import pg from 'pg'
import type { Model, ModelAttributeColumnOptions, ModelStatic, Sequelize } from 'sequelize'

type DefineModels = (sequelize: Sequelize) => Record<string, ModelStatic<Model>>

/** A column as in PostgreSQL's catalog. */
interface Column {
  table: string
  column: string
  type: string
  nullable: boolean
  /** The expression as PostgreSQL prints it, or `identity`. */
  default: string | null
  /** `users(id) ON DELETE CASCADE` */
  references: string | null
  inPrimaryKey: boolean
}

/** Tables of the migration runner. */
const RUNNER_TABLES = ['SequelizeMeta', 'SequelizeData']

/**
 * Compares models with the tables that the migrations created: names and types of columns, nullability, defaults, primary
 * keys, references with their ON DELETE. Every table must have exactly one model.
 *
 * PostgreSQL itself interprets the models: each model becomes a temporary table, and the catalog entries are compared. So
 * `INTEGER` and `integer`, or `{}` and `'{}'::jsonb`, count as equal.
 *
 * @param url the URL of a migrated database
 * @returns a sentence for each difference; empty if models and tables are equal
 */
export async function compareModels(url: string, define: DefineModels): Promise<string[]> {
  const models = await readModels(url, define)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const migrated = await readColumns(client, 'public')
    await client.query('BEGIN')
    for (const model of models) await client.query(temporaryTable(model))
    const defined = await readColumns(client, 'pg_temp')
    await client.query('ROLLBACK')
    const withReferences = defined.map((column) => ({ ...column, references: referenceOf(models, column) }))
    return [...differingTables(migrated, models), ...differingColumns(migrated, withReferences)].toSorted()
  } finally {
    await client.end()
  }
}

interface DefinedModel {
  table: string
  attributes: [string, ModelAttributeColumnOptions][]
}

/** The models with the options of the services' connections, because the options determine the names of columns. */
async function readModels(url: string, define: DefineModels): Promise<DefinedModel[]> {
  let models: ModelStatic<Model>[] = []
  const database = openDatabase({
    url,
    applicationName: 'compare-models',
    poolSize: 1,
    define(sequelize) {
      const defined = define(sequelize)
      models = Object.values(defined)
      return defined
    },
  })
  await database.close()
  return models.map((model) => ({
    table: nameOf(model.getTableName()),
    attributes: Object.entries(model.getAttributes()).map(([name, attribute]) => [attribute.field ?? name, attribute]),
  }))
}

const nameOf = (table: unknown): string =>
  typeof table === 'object' && table !== null && 'tableName' in table ? String(table.tableName) : String(table)

function temporaryTable({ table, attributes }: DefinedModel): string {
  const columns = attributes.map(([name, attribute]) => `${pg.escapeIdentifier(name)} ${definitionOf(attribute)}`)
  const key = attributes.filter(([, { primaryKey }]) => primaryKey).map(([name]) => pg.escapeIdentifier(name))
  const constraint = key.length > 0 ? [`PRIMARY KEY (${key.join(', ')})`] : []
  return `CREATE TEMPORARY TABLE IF NOT EXISTS ${pg.escapeIdentifier(table)} (${[...columns, ...constraint].join(', ')})`
}

function definitionOf(attribute: ModelAttributeColumnOptions): string {
  const parts = [typeOf(attribute)]
  if (attribute.allowNull === false) parts.push('NOT NULL')
  if (attribute.autoIncrement) parts.push('GENERATED ALWAYS AS IDENTITY')
  const value = defaultOf(attribute)
  if (value !== undefined) parts.push(`DEFAULT ${value}`)
  return parts.join(' ')
}

/** Sequelize omits the precision of a timestamp in its SQL. */
function typeOf({ type }: ModelAttributeColumnOptions): string {
  const name = String(type)
  const precision = (type as { options?: { length?: number } }).options?.length
  return name === 'TIMESTAMP WITH TIME ZONE' && precision ? `TIMESTAMP(${precision}) WITH TIME ZONE` : name
}

/** A default as SQL. Sequelize evaluates a function itself, so a function is not a default of the table. */
function defaultOf({ defaultValue, type }: ModelAttributeColumnOptions): string | undefined {
  if (defaultValue === undefined || defaultValue === null || typeof defaultValue === 'function') return undefined
  if (typeof defaultValue === 'string') return pg.escapeLiteral(defaultValue)
  if (typeof defaultValue !== 'object') return String(defaultValue)
  if ('val' in defaultValue) return String(defaultValue.val)
  const json = JSON.stringify(defaultValue)
  const isArray = Array.isArray(defaultValue) && String(type).endsWith('[]')
  return pg.escapeLiteral(isArray ? `{${json.slice(1, -1)}}` : json)
}

function referenceOf(models: DefinedModel[], { table, column }: Column): string | null {
  const attributes = models.find((model) => model.table === table)?.attributes ?? []
  const attribute = attributes.find(([name]) => name === column)?.[1]
  const references = attribute?.references
  if (!references || typeof references === 'string') return references ?? null
  return `${nameOf(references.model)}(${references.key}) ON DELETE ${attribute.onDelete ?? 'NO ACTION'}`
}

async function readColumns(client: pg.Client, schema: 'public' | 'pg_temp'): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT c.relname AS "table", a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type,
       NOT a.attnotnull AS nullable,
       CASE WHEN a.attidentity <> '' THEN 'identity' ELSE pg_get_expr(d.adbin, d.adrelid) END AS "default",
       (SELECT format('%s(%s) ON DELETE %s', target.relname, key.attname, CASE f.confdeltype
          WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT'
          ELSE 'NO ACTION' END)
        FROM pg_constraint f JOIN pg_class target ON target.oid = f.confrelid
        JOIN pg_attribute key ON key.attrelid = f.confrelid AND key.attnum = f.confkey[1]
        WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.conkey = ARRAY[a.attnum]) AS "references",
       EXISTS (SELECT FROM pg_constraint p
               WHERE p.contype = 'p' AND p.conrelid = c.oid AND a.attnum = ANY(p.conkey)) AS "inPrimaryKey"
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relkind IN ('r', 'p') AND NOT c.relname::text = ANY($2)
       AND c.relnamespace = CASE $1 WHEN 'public' THEN 'public'::regnamespace ELSE pg_my_temp_schema() END`,
    [schema, RUNNER_TABLES],
  )
  return rows
}

function differingTables(migrated: Column[], models: DefinedModel[]): string[] {
  const tables = [...new Set([...migrated.map(({ table }) => table), ...models.map(({ table }) => table)])]
  return tables.flatMap((table) => {
    const count = models.filter((model) => model.table === table).length
    if (!migrated.some((column) => column.table === table)) return [`${table}: the table does not exist`]
    return count === 1 ? [] : [`${table}: the table has ${count} models`]
  })
}

const compared = ['type', 'nullable', 'default', 'references', 'inPrimaryKey'] as const

function differingColumns(migrated: Column[], defined: Column[]): string[] {
  const key = ({ table, column }: Column) => `${table}.${column}`
  const inTables = new Map(migrated.map((column) => [key(column), column]))
  const inModels = new Map(defined.map((column) => [key(column), column]))
  const isCompared = (table: string) =>
    migrated.some((column) => column.table === table) && defined.some((column) => column.table === table)
  const all = [...new Set([...inTables.keys(), ...inModels.keys()])]
  return all.flatMap((name) => {
    const [inTable, inModel] = [inTables.get(name), inModels.get(name)]
    if (!isCompared((inTable ?? inModel)?.table ?? '')) return []
    if (!inModel) return [`${name}: the model lacks the column`]
    if (!inTable) return [`${name}: the table lacks the column`]
    return compared
      .filter((aspect) => inTable[aspect] !== inModel[aspect])
      .map((aspect) => `${name}: ${aspect} is ${inTable[aspect]} in the table, ${inModel[aspect]} in the model`)
  })
}
