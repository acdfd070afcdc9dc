/** A group of operations in the API reference. */
export interface ApiTag {
  name: string
  description: string
  /** Who uses the operations: the application of every user, or the operators of the installation. */
  audience: 'application' | 'operators'
  /** The operations whose path starts with one of these belong to the group. The longest match wins. */
  paths: string[]
}

/** The names of the groups of tags, in the order of the API reference. */
const audiences: Record<ApiTag['audience'], string> = {
  application: 'For applications',
  operators: 'For operators',
}

/** The name of the tag of a path. Without a matching tag, the first segment of the path. */
export function tagOf(path: string, tags: ApiTag[]): string {
  const matches = tags.flatMap(({ name, paths }) =>
    paths.filter((start) => path === start || path.startsWith(`${start}/`)).map((start) => ({ name, start })),
  )
  const longest = matches.toSorted((a, b) => b.start.length - a.start.length)[0]
  return longest?.name ?? path.split('/')[1] ?? ''
}

/** The part of the OpenAPI document about tags, the groups for applications first. */
export function describeTags(tags: ApiTag[]): {
  tags: { name: string; description: string }[]
  'x-tagGroups': object[]
} {
  const groups = (Object.keys(audiences) as ApiTag['audience'][]).map((audience) => ({
    name: audiences[audience],
    tags: tags.filter((tag) => tag.audience === audience),
  }))
  return {
    tags: groups.flatMap((group) => group.tags.map(({ name, description }) => ({ name, description }))),
    'x-tagGroups': groups
      .filter((group) => group.tags.length > 0)
      .map((group) => ({ name: group.name, tags: group.tags.map(({ name }) => name) })),
  }
}
