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
 * Forbids the values of `sequelize` and of `models/` folders; their types are free. A model that a use case imports
 * would send its statements outside the use case's transaction.
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

/** Rules of this repository that oxlint does not have. */
export default {
  meta: { name: 'likeness' },
  rules: { 'no-replacements': noReplacements, 'no-model-imports': noModelImports },
}
