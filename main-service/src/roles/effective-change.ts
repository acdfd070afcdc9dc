import { holds } from '@likeness/service-kit/identity'

/** The permissions that a change gives, and those that it takes; both sorted. */
export interface EffectiveChange {
  gains: string[]
  loses: string[]
}

/**
 * The effect of a change on a user's permissions. A user who keeps `media:*` loses nothing with `media:read`. For a user
 * who loses `media:*`, the result lists every known permission that it covers.
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

/** Drops permissions for own rows when the list has the permission for every row. */
const withoutImplied = (names: string[]) =>
  names.filter((name) => !name.endsWith(':own') || !names.includes(name.replace(/:own$/, ''))).toSorted()
