import { holds } from '@likeness/service-kit/identity'

/** The permissions that a user gains and loses; both sorted. */
export interface EffectiveChange {
  gains: string[]
  loses: string[]
}

/**
 * The effect of a change on a user's permissions. A user who still has `media:*` does not lose `media:read`. For a user
 * who loses `media:*`, the result also lists every known permission that it includes.
 *
 * @param before all permissions of the user, from all of their roles
 * @param known the names of all existing permissions
 */
export function effectiveChange(before: string[], after: string[], known: string[]): EffectiveChange {
  const names = [...new Set([...known, ...before, ...after])]
  const only = (one: string[], other: string[]) =>
    withoutImplied(names.filter((name) => holds(one, name) && !holds(other, name)))
  return { gains: only(after, before), loses: only(before, after) }
}

/** Omits `resource:action:own` if the list has `resource:action`. */
const withoutImplied = (names: string[]) =>
  names.filter((name) => !name.endsWith(':own') || !names.includes(name.replace(/:own$/, ''))).toSorted()
