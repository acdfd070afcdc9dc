import { holds } from '@likeness/service-kit/identity'

/** What somebody may do after a change and not before, and the reverse; both sorted. */
export interface EffectiveChange {
  gains: string[]
  loses: string[]
}

/**
 * What a change of somebody's permissions comes to: whoever keeps `media:*` loses nothing with `media:read`, and
 * whoever loses `media:*` reads there what it stood for.
 *
 * @param before every permission that they have, from all of their roles
 * @param known the names of all permissions there are, in whose words a wildcard is told
 */
export function effectiveChange(before: string[], after: string[], known: string[]): EffectiveChange {
  const names = [...new Set([...known, ...before, ...after])]
  const only = (one: string[], other: string[]) => told(names.filter((name) => holds(one, name) && !holds(other, name)))
  return { gains: only(after, before), loses: only(before, after) }
}

/** Without the permissions for one's own rows that one for every row says already. */
const told = (names: string[]) =>
  names.filter((name) => !name.endsWith(':own') || !names.includes(name.replace(/:own$/, ''))).toSorted()
