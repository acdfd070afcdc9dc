/** The scope of a permission: every row, or the caller's own rows. */
export type Scope = 'all' | 'own'

/** `resource:action` or `resource:action:own`. `*` matches one segment; alone, it matches everything. */
export const permissionPattern = /^(\*|(?:[a-z][a-z0-9-]*|\*):(?:[a-z][a-z0-9-]*|\*)(?::own)?)$/

/**
 * The scope of the `held` permissions for `needed` (`resource:action`), or undefined if they do not include it.
 *
 * @param held the permissions of a token, such as `['media:*', 'users:read:own']`
 */
export function reach(held: readonly string[], needed: string): Scope | undefined {
  let scope: Scope | undefined
  for (const permission of held) {
    if (!covers(permission, needed)) continue
    if (!permission.endsWith(':own')) return 'all'
    scope = 'own'
  }
  return scope
}

function covers(permission: string, needed: string): boolean {
  if (permission === '*') return true
  const [resource, action] = permission.split(':')
  const [neededResource, neededAction] = needed.split(':')
  return (resource === '*' || resource === neededResource) && (action === '*' || action === neededAction)
}

/**
 * Whether `held` includes everything that `permission` allows, so that a user with `held` can grant `permission`.
 *
 * Only a wildcard covers a wildcard, because a wildcard also matches future permissions.
 */
export function holds(held: readonly string[], permission: string): boolean {
  return held.some((own) => {
    if (own === '*' || own === permission) return true
    if (permission === '*') return false
    if (own.endsWith(':own') && !permission.endsWith(':own')) return false
    const [resource, action] = own.split(':')
    const [wantedResource, wantedAction] = permission.split(':')
    return (resource === '*' || resource === wantedResource) && (action === '*' || action === wantedAction)
  })
}

/**
 * The permissions that both `one` and `other` include: for `media:*` and `*:read`, `media:read`. If one side is limited
 * to own rows, the result is too. The result is sorted and contains no permission that another one covers.
 */
export function intersect(one: readonly string[], other: readonly string[]): string[] {
  const common = new Set(one.flatMap((first) => other.flatMap((second) => meet(first, second) ?? [])))
  return [...common].filter((permission) => !widerThan(permission).some((wider) => common.has(wider))).sort()
}

/**
 * Every permission that covers this one. They are computed, because a search in thousands of permissions takes a second.
 */
function widerThan(permission: string): string[] {
  if (permission === '*') return []
  const [resource, action, own] = permission.split(':')
  const wider = [`${resource}:${action}`, `${resource}:*`, `*:${action}`, '*:*']
  return ['*', ...wider, ...(own ? wider.map((name) => `${name}:own`) : [])].filter((name) => name !== permission)
}

/** The intersection of two permissions. */
function meet(one: string, other: string): string | undefined {
  if (one === '*') return other
  if (other === '*') return one
  const [resource, action] = one.split(':')
  const [otherResource, otherAction] = other.split(':')
  const segments = [meetSegments(resource, otherResource), meetSegments(action, otherAction)]
  if (segments.includes(undefined)) return undefined
  const isOwn = one.endsWith(':own') || other.endsWith(':own')
  return [...segments, ...(isOwn ? ['own'] : [])].join(':')
}

function meetSegments(one: string | undefined, other: string | undefined): string | undefined {
  if (one === other || other === '*') return one
  return one === '*' ? other : undefined
}
