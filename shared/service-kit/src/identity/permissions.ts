/** How far a permission reaches: every row, the caller's own rows, or none. */
export type Scope = 'all' | 'own'

/** `resource:action`, `resource:action:own`; `*` stands for a segment, or alone for everything. */
export const permissionPattern = /^(\*|(?:[a-z][a-z0-9-]*|\*):(?:[a-z][a-z0-9-]*|\*)(?::own)?)$/

/**
 * How far `held` permissions reach for `needed` (`resource:action`), or undefined where they do not.
 *
 * @param held what a token grants, such as `['media:*', 'users:read:own']`
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
 * Whether whoever holds `held` holds all that `permission` gives, so that they may grant it.
 *
 * A wildcard is covered only by a wildcard: what it will match tomorrow is not known today.
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
 * What both `one` and `other` give, and nothing else: `media:*` and `*:read` give `media:read` together, and where
 * either is for one's own rows, so is what they give. Without what another of them covers; sorted.
 */
export function intersect(one: readonly string[], other: readonly string[]): string[] {
  const common = new Set(one.flatMap((first) => other.flatMap((second) => meet(first, second) ?? [])))
  return [...common].filter((permission) => !widerThan(permission).some((wider) => common.has(wider))).sort()
}

/** Every permission that covers this one. Named rather than looked for: of thousands, that is a second's work. */
function widerThan(permission: string): string[] {
  if (permission === '*') return []
  const [resource, action, own] = permission.split(':')
  const wider = [`${resource}:${action}`, `${resource}:*`, `*:${action}`, '*:*']
  return ['*', ...wider, ...(own ? wider.map((name) => `${name}:own`) : [])].filter((name) => name !== permission)
}

/** The most that two permissions have in common. */
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
