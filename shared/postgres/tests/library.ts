import { openDatabase, type Database } from '@likeness/postgres'
import { createDatabase, runStatement } from '@likeness/test-kit'
import {
  DataTypes,
  literal,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type NonAttribute,
  type Sequelize,
} from 'sequelize'

interface ShelfModel extends Model<InferAttributes<ShelfModel>, InferCreationAttributes<ShelfModel>> {
  id: CreationOptional<number>
  name: string
  updatedAt: CreationOptional<Date>
  books?: NonAttribute<BookModel[]>
}

interface BookModel extends Model<InferAttributes<BookModel>, InferCreationAttributes<BookModel>> {
  id: CreationOptional<number>
  shelfId: number
  title: string
  words: CreationOptional<string[]>
  facts: CreationOptional<Record<string, unknown> | null>
  lentAt: CreationOptional<Date | null>
  createdAt: CreationOptional<Date>
}

const tables = `
  CREATE TABLE shelf (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CONSTRAINT shelf_name_key UNIQUE,
    updated_at timestamptz(3) NOT NULL DEFAULT now()
  );
  CREATE TABLE book (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shelf_id bigint NOT NULL CONSTRAINT book_shelf REFERENCES shelf ON DELETE CASCADE,
    title text NOT NULL CONSTRAINT book_title_check CHECK (title <> ''),
    words text[] NOT NULL DEFAULT '{}',
    facts jsonb,
    lent_at timestamptz(3),
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
  )`

function defineModels(sequelize: Sequelize) {
  const id = () => ({ type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true, autoIncrementIdentity: true })
  const Shelf = sequelize.define<ShelfModel>(
    'Shelf',
    {
      id: id(),
      name: { type: DataTypes.TEXT, allowNull: false },
      updatedAt: { type: DataTypes.DATE(3), allowNull: false, defaultValue: literal('now()') },
    },
    { tableName: 'shelf' },
  )
  const Book = sequelize.define<BookModel>(
    'Book',
    {
      id: id(),
      shelfId: { type: DataTypes.BIGINT, allowNull: false },
      title: { type: DataTypes.TEXT, allowNull: false },
      words: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false, defaultValue: [] },
      facts: DataTypes.JSONB,
      lentAt: DataTypes.DATE(3),
      // Intentionally wrong: a test checks that PostgreSQL's default is used and not this one.
      createdAt: { type: DataTypes.DATE(3), allowNull: false, defaultValue: literal(`'1900-01-01Z'`) },
    },
    { tableName: 'book' },
  )
  Shelf.hasMany(Book, { as: 'books', foreignKey: 'shelfId', onDelete: 'CASCADE' })
  return { Shelf, Book }
}

export type Library = Database<ReturnType<typeof defineModels>>

/** Creates a small database with two tables. */
export async function openLibrary(url?: string): Promise<{ library: Library; url: string; close(): Promise<void> }> {
  const database = url === undefined ? await createDatabase() : { url, drop: async () => undefined }
  await runStatement(database.url, tables)
  const library = openDatabase({ url: database.url, applicationName: 'library', poolSize: 3, define: defineModels })
  return {
    library,
    url: database.url,
    async close() {
      await library.close()
      await database.drop()
    },
  }
}
