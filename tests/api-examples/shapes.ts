/**
 * The differences in shape between two values: fields that only one of them has, and fields of different types. Null and
 * an empty list match every value, and lists are compared by their first entries.
 */
export function differences(expected: unknown, received: unknown, at = ''): string[] {
  if (expected === null || received === null) return []
  if (Array.isArray(expected) && Array.isArray(received)) {
    return expected.length > 0 && received.length > 0 ? differences(expected[0], received[0], `${at}[0]`) : []
  }
  if (typeof expected !== typeof received || Array.isArray(expected) !== Array.isArray(received)) {
    return [`${at} must be a ${typeof expected}, not a ${typeof received}`]
  }
  if (typeof expected !== 'object') return []
  const [before, now] = [expected, received] as Record<string, unknown>[]
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(now ?? {})])
  return [...names].flatMap((name) => {
    if (!Object.hasOwn(received as object, name)) return [`${at}.${name} is missing`]
    if (!Object.hasOwn(expected, name)) return [`${at}.${name} is new`]
    return differences(before?.[name], now?.[name], `${at}.${name}`)
  })
}
