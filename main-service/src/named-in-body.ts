import { problems } from '@likeness/service-kit/process'

/**
 * The ids of the rows that a list in the request body names, without duplicates.
 *
 * @param field the name of the list in the body
 * @throws {Problem} 422 with one error for each unknown name.
 */
export function idsOf(field: string, names: string[], found: { id: string; name: string }[]): string[] {
  const idByName = new Map(found.map(({ id, name }) => [name, id]))
  const errors = names.flatMap((name, index) =>
    idByName.has(name) ? [] : [{ path: `body.${field}.${index}`, message: `is unknown: ${name}` }],
  )
  if (errors.length > 0) throw problems.invalid(errors)
  return [...new Set(idByName.values())]
}
