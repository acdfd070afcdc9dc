const isReplacements = (key) => key.name === 'replacements' || key.value === 'replacements'

/** Forbids Sequelize's `replacements`, as a key or as any other name. */
const noReplacements = {
  create(context) {
    const message =
      'Sequelize writes `replacements` into the text of the statement. Bind values by name: `rows(statement, values)` of @likeness/postgres.'
    const report = (node) => context.report({ node, message })
    return {
      Identifier: (node) => isReplacements(node) && report(node),
      Property: ({ key }) => key.type === 'Literal' && isReplacements(key) && report(key),
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
