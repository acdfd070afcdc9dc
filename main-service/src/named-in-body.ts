import { problems } from '@likeness/service-kit/process'

/**
 * The ids of what a body's list names, each once.
 *
 * @param field the list's name in the body
 * @throws {Problem} 422 naming every place that names nothing.
 */
export function idsOf(field: string, names: string[], found: { id: string; name: string }[]): string[] {
  const idByName = new Map(found.map(({ id, name }) => [name, id]))
  const errors = names.flatMap((name, index) =>
    idByName.has(name) ? [] : [{ path: `body.${field}.${index}`, message: `names nothing that is known: ${name}` }],
  )
  if (errors.length > 0) throw problems.invalid(errors)
  return [...new Set(idByName.values())]
}
