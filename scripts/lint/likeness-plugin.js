const isReplacements = (key) => key.name === 'replacements' || key.value === 'replacements'

/** Forbids Sequelize's option `replacements`: the key of an object, or a property that is read or set. */
const noReplacements = {
  create(context) {
    const message =
      'Sequelize writes `replacements` into the text of the statement. Bind values by name: `rows(statement, values)` of @likeness/postgres.'
    const check = (key) => isReplacements(key) && context.report({ node: key, message })
    return {
      Property: ({ key }) => check(key),
      MemberExpression: ({ property }) => check(property),
    }
  },
}

const isModelSource = (source) => /^sequelize(\/|$)|(^|\/)models\//.test(source)

/**
 * Forbids importing values of `sequelize` and of `models/` folders; types are allowed. The statements of an imported
 * model would run outside the transaction of the use case.
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

/** The name of a database at the end of an expression: `maindb`, `context.maindb`, `this.#maindb`. */
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

/** Where a function has a unit of work: the databases. `maindb: MaindbUnit` is itself the unit, or the database. */
function databasesBesideUnit({ params }) {
  const units = params.filter(isUnit).map(({ name }) => name)
  return units.length === 0 ? [] : databases.filter((name) => !units.includes(name))
}

/** `{ maindb: unit }` hands the unit on under the name of the database. */
function isKeyOfLiteral(node) {
  const { parent } = node
  return (
    parent.type === 'Property' && parent.key === node && !parent.shorthand && parent.parent.type === 'ObjectExpression'
  )
}

/**
 * Forbids a database inside its own transaction: its statements would run on another connection, outside the
 * transaction. A function runs in a transaction when it is the callback of `transaction`, or has a parameter that is
 * a unit of work.
 */
const noDatabaseInTransaction = {
  create(context) {
    const forbidden = []
    const message =
      'A statement of the database would run outside the transaction, on another connection. Use the unit of work: `unit.Role`, `unit.rows(…)`.'
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
