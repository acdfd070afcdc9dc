import {
  literal,
  type Attributes,
  type CreationAttributes,
  type FindOptions,
  type Model,
  type ModelStatic,
  type Order,
  type Transaction,
  type WhereOptions,
} from 'sequelize'

import { databaseError } from './database-faults.ts'

/** The models of a database, by name. */
// oxlint-disable-next-line typescript/no-explicit-any -- a model of any row: `unknown` does not fit Sequelize's own types
export type Models = Record<string, ModelStatic<any>>

/** Extracts `RoleModel` from `ModelStatic<RoleModel>`. */
type ModelOf<S> = S extends ModelStatic<infer M> ? M : never

/** The associations that a model's interface declares: its properties that are models, or lists of them. */
type AssociationOf<M extends Model> = {
  [K in Exclude<keyof M, keyof Model>]-?: NonNullable<M[K]> extends Model | Model[] ? K : never
}[Exclude<keyof M, keyof Model>] &
  string

type Associated<T> = T extends (infer One extends Model)[] ? Attributes<One>[] : T extends Model ? Attributes<T> : T

/** A row with the associations that were read with it. */
type WithAssociations<M extends Model, K extends AssociationOf<M>> = Attributes<M> & {
  [P in K]: Associated<Exclude<M[P], undefined>>
}

/** PostgreSQL's time of the transaction, as a value to write. Application hosts have different clocks. */
export const now = literal('now()')

/** Values to write. A time can be `now`. */
type Changes<Row> = { [K in keyof Row]?: Row[K] | (Date extends Row[K] ? typeof now : never) }

/** Values that `=` compares. JSON and arrays are excluded, because Sequelize interprets conditions on them differently. */
type Comparable = string | number | boolean | Date | null

/** Columns and the values that they must equal; a list means any of its values. Other conditions need hand-written SQL. */
type Where<M extends Model> = {
  [K in keyof Attributes<M> as Attributes<M>[K] extends Comparable ? K : never]?:
    | Attributes<M>[K]
    | readonly Attributes<M>[K][]
}

interface ReadOptions<M extends Model, K extends AssociationOf<M>> {
  /** Associations to read with each row. */
  include?: K[]
  /** Sort order of the rows, or of an included association: `['permissions', 'name', 'ASC']`. */
  order?: Order
}

interface ListOptions<M extends Model, K extends AssociationOf<M>> extends ReadOptions<M, K> {
  where?: Where<M>
  limit?: number
}

/**
 * CRUD of one table, with Sequelize's names. The methods return plain rows and not instances, because the `save()` of an
 * instance would run outside of its transaction.
 *
 * Every method throws the error of PostgreSQL (`pg.DatabaseError`, with `code` and `constraint`), not Sequelize's.
 */
export interface BoundModel<M extends Model> {
  /** Writes the given columns. PostgreSQL fills in the defaults of the others. @returns the whole row */
  create(values: CreationAttributes<M>): Promise<Attributes<M>>
  bulkCreate(
    rows: CreationAttributes<M>[],
    options?: { ignoreDuplicates?: boolean; updateOnDuplicate?: (keyof Attributes<M> & string)[] },
  ): Promise<void>
  findByPk<K extends AssociationOf<M> = never>(
    key: string | number,
    options?: ReadOptions<M, K>,
  ): Promise<WithAssociations<M, K> | undefined>
  findOne<K extends AssociationOf<M> = never>(options: ListOptions<M, K>): Promise<WithAssociations<M, K> | undefined>
  findAll<K extends AssociationOf<M> = never>(options?: ListOptions<M, K>): Promise<WithAssociations<M, K>[]>
  count(options?: { where?: Where<M> }): Promise<number>
  /**
   * Updates rows. If the table has `updatedAt`, it also sets this column, from PostgreSQL's clock.
   *
   * @returns the number of changed rows
   * @throws Error when `where` is empty, because that would change every row
   */
  update(values: Changes<Attributes<M>>, options: { where: Where<M> }): Promise<number>
  /**
   * @returns the number of deleted rows
   * @throws Error when `where` is empty, because that would delete every row
   */
  destroy(options: { where: Where<M> }): Promise<number>
}

export type BoundModels<M extends Models> = { readonly [Name in keyof M]: BoundModel<ModelOf<M[Name]>> }

interface Binding {
  /** Default: the connection pool. */
  transaction?: Transaction
  run<T>(statement: () => Promise<T>): Promise<T>
}

/** Binds every model to the connection pool, or to one transaction. */
export function bindModels<M extends Models>(models: M, binding: Binding): BoundModels<M> {
  const bound: Record<string, BoundModel<Model>> = {}
  for (const name in models) bound[name] = new Crud(models[name] as ModelStatic<Model>, binding)
  return bound as BoundModels<M>
}

/**
 * A class, because every transaction binds every model: closures took 55 µs of CPU for 17 models, a class takes 1 µs.
 */
class Crud<M extends Model> implements BoundModel<M> {
  readonly #model: ModelStatic<M>
  readonly #binding: Binding

  constructor(model: ModelStatic<M>, binding: Binding) {
    this.#model = model
    this.#binding = binding
  }

  create(values: CreationAttributes<M>): Promise<Attributes<M>> {
    const options = { fields: givenIn<M>(values), validate: false, ...this.#options() }
    return this.#send(async (model) => plain(await model.create(values, options)))
  }

  bulkCreate(rows: CreationAttributes<M>[], options: Parameters<BoundModel<M>['bulkCreate']>[1] = {}): Promise<void> {
    return this.#send(
      async (model) => void (await model.bulkCreate(rows, { ...options, ...this.#options(), returning: false })),
    )
  }

  findByPk(key: string | number, options?: ReadOptions<M, never>): Promise<never> {
    return this.#send(async (model) => found(await model.findByPk(key, this.#find(options))))
  }

  findOne(options: ListOptions<M, never>): Promise<never> {
    return this.#send(async (model) => found(await model.findOne(this.#find(options))))
  }

  findAll(options?: ListOptions<M, never>): Promise<never> {
    return this.#send(async (model) => (await model.findAll(this.#find(options))).map(plain) as never)
  }

  count(options: { where?: Where<M> } = {}): Promise<number> {
    return this.#send((model) => model.count(this.#find(options)))
  }

  update(values: Changes<Attributes<M>>, { where }: { where: Where<M> }): Promise<number> {
    return this.#send(async (model) => {
      const changed = 'updatedAt' in model.getAttributes() ? { updatedAt: now, ...values } : values
      const options = { where: conditionOf<M>(where), validate: false, ...this.#options() }
      return (await model.update(changed as Partial<Attributes<M>>, options))[0]
    })
  }

  destroy({ where }: { where: Where<M> }): Promise<number> {
    return this.#send((model) => model.destroy({ where: conditionOf<M>(where), ...this.#options() }))
  }

  #options(): { transaction: Transaction | null } {
    return { transaction: this.#binding.transaction ?? null }
  }

  #find(options: object = {}): FindOptions<Attributes<M>> {
    return { ...options, ...this.#options() }
  }

  async #send<T>(statement: (model: ModelStatic<M>) => Promise<T>): Promise<T> {
    try {
      return await this.#binding.run(() => statement(this.#model))
    } catch (error) {
      throw databaseError(error)
    }
  }
}

const plain = <M extends Model>(instance: M) => instance.get({ plain: true }) as never

const found = <M extends Model>(instance: M | null) => (instance ? plain(instance) : undefined) as never

/** @throws Error when no column has a value. */
function conditionOf<M extends Model>(where: Where<M>): WhereOptions<Attributes<M>> {
  const values = Object.values(where)
  if (values.every((value) => value === undefined)) {
    throw new Error('`where` contains no value, so that it would match every row')
  }
  return where as WhereOptions<Attributes<M>>
}

/**
 * The columns to write: columns with a value. PostgreSQL validates the values and fills in the defaults, so that all errors
 * come from PostgreSQL. Also, a database role can lack the right to write a column with a default (audit.at).
 */
const givenIn = <M extends Model>(values: object) =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name as keyof Attributes<M>)
