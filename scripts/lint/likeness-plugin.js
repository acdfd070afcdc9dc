const isReplacements = (key) => key.name === 'replacements' || key.value === 'replacements'

/** Forbids Sequelize's option `replacements` as the key of an object or as a property that is read or set. */
const noReplacements = {
  create(context) {
    const message =
      'Do not use `replacements`: Sequelize inserts them into the text of the statement. Bind values by name with `rows(statement, values)` of @likeness/postgres.'
    const check = (key) => isReplacements(key) && context.report({ node: key, message })
    return {
      Property: ({ key }) => check(key),
      MemberExpression: ({ property }) => check(property),
    }
  },
}

const isModelSource = (source) => /^sequelize(\/|$)|(^|\/)models\//.test(source)

/**
 * Forbids imports of values from `sequelize` and from `models/` folders. Imports of types are allowed. The statements of
 * an imported model would run outside the transaction of the use case.
 */
const noModelImports = {
  create(context) {
    const message =
      'Only the database modules import models and Sequelize. Use the models of the database or of the unit of work: `maindb.Role`, `unit.Role`.'
    const check = (node, kind, specifiers = []) => {
      const isType =
        kind === 'type' ||
        (specifiers.length > 0 &&
          specifiers.every(({ importKind, exportKind }) => (importKind ?? exportKind) === 'type'))
      if (node.source && !isType && isModelSource(node.source.value ?? '')) context.report({ node, message })
    }
    return {
      ImportDeclaration: (node) => check(node, node.importKind, node.specifiers),
      ExportNamedDeclaration: (node) => check(node, node.exportKind, node.specifiers),
      ExportAllDeclaration: (node) => check(node, node.exportKind),
      ImportExpression: (node) => check(node),
    }
  },
}

const databases = ['maindb', 'mediasdb']

/** The last name of an expression: `maindb` for `maindb`, `context.maindb` and `this.#maindb`. */
const lastName = (node) => node.name ?? node.property?.name

/** The database whose transaction runs this function: `maindb.transaction(async (unit) => …)`. */
function databaseOfCallback(node) {
  const { parent, params } = node
  const isCallback = parent.type === 'CallExpression' && parent.arguments[0] === node
  const { callee } = isCallback ? parent : {}
  if (callee?.type !== 'MemberExpression' || callee.property.name !== 'transaction') return []
  const database = lastName(callee.object)
  return params.some(({ name }) => name === database) ? [] : [database]
}

/** A parameter with this name or type is a unit of work, so the function runs in a transaction. */
const isUnit = ({ name, typeAnnotation }) =>
  name === 'unit' || /^(UnitOfWork|\w+Unit)$/.test(typeAnnotation?.typeAnnotation?.typeName?.name ?? '')

/**
 * The databases that a function with a unit of work must not use; none for other functions. For `maindb: MaindbUnit`,
 * `maindb` itself is the unit of work, so it is allowed.
 */
function databasesBesideUnit({ params }) {
  const units = params.filter(isUnit).map(({ name }) => name)
  return units.length === 0 ? [] : databases.filter((name) => !units.includes(name))
}

/** `{ maindb: unit }` passes the unit of work on under the name of the database, which is allowed. */
function isKeyOfLiteral(node) {
  const { parent } = node
  return (
    parent.type === 'Property' && parent.key === node && !parent.shorthand && parent.parent.type === 'ObjectExpression'
  )
}

/**
 * Forbids using a database inside its own transaction, because its statements would run on another connection, outside the
 * transaction. A function runs in a transaction if it is the callback of `transaction` or has a parameter that is a unit
 * of work.
 */
const noDatabaseInTransaction = {
  create(context) {
    const forbidden = []
    const message =
      'This statement would run on another connection, outside the transaction. Use the unit of work: `unit.Role`, `unit.rows(…)`.'
    const enter = (node) => {
      forbidden.push([...databaseOfCallback(node), ...databasesBesideUnit(node)])
    }
    const leave = () => forbidden.pop()
    const check = (node) => {
      if (forbidden.some((names) => names.includes(node.name)) && !isKeyOfLiteral(node)) {
        context.report({ node, message })
      }
    }
    return {
      ArrowFunctionExpression: enter,
      'ArrowFunctionExpression:exit': leave,
      FunctionExpression: enter,
      'FunctionExpression:exit': leave,
      FunctionDeclaration: enter,
      'FunctionDeclaration:exit': leave,
      Identifier: check,
      PrivateIdentifier: check,
    }
  },
}

/** Rules of this repository that oxlint does not have. */
export default {
  meta: { name: 'likeness' },
  rules: {
    'no-replacements': noReplacements,
    'no-model-imports': noModelImports,
    'no-database-in-transaction': noDatabaseInTransaction,
  },
}
