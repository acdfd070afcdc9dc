/** A route in an OpenAPI document. */
export interface DescribedRoute {
  service: string
  method: string
  path: string
  summary: string
  /** Null where the route needs none. */
  permission: string | null
  /** Whether the permission for own rows is not sufficient. */
  isOwnedByNobody: boolean
  /** Whether it needs no token, at least for public rows. */
  isOpen: boolean
}

/** The seeds of main-service. */
export interface SeededRights {
  permissions: Record<string, string>
  roles: Record<string, { description: string; permissions: string[] }>
}

type Reach = (held: readonly string[], needed: string) => 'all' | 'own' | undefined

const intro = `# Permissions

<!-- Written by \`npm run permissions\` from the routes and the seeded roles: do not edit. -->

For whoever decides what a role may do. A permission is \`resource:action\`; a role has a set of them, and a user has what all of their roles have together.

- \`media:read\` reaches **every** media, \`media:read:own\` only what is **one's own**; where somebody has both, the wider one counts.
- \`*\` stands for a segment: \`media:*\` is every action on media, those of tomorrow's versions too; \`*:read\` reads everything; \`*\` alone is everything, and makes an administrator.
- Nobody gives what they do not hold, nor for longer than they hold it. A wildcard is held only by whoever holds it, or a wider one.
- What changes is felt everywhere within five seconds.
- \`GET /api/v1/access/explain\` says why somebody may do something, or why not; \`POST /api/v1/access/preview\` says whom an edit of a role would touch.

In the tables, **all**: every row; **own**: one's own; **–**: not at all.
`

/**
 * The page of permissions as Markdown: the purpose and the routes of each permission, then every route.
 *
 * @param reach the scope that held permissions give for a needed one
 */
export function drawPermissions(routes: DescribedRoute[], { permissions, roles }: SeededRights, reach: Reach): string {
  const roleNames = Object.keys(roles)
  const far = (role: string, needed: string) => reach(roles[role]?.permissions ?? [], needed) ?? '–'
  const reaches = (needed: string) => roleNames.map((role) => far(role, needed))
  const reachOf = (role: string, { permission, isOwnedByNobody }: DescribedRoute) => {
    if (permission === null) return 'all'
    const scope = far(role, permission)
    return isOwnedByNobody && scope === 'own' ? '–' : scope
  }

  const needed = [...new Set(routes.flatMap(({ permission }) => permission ?? []))].sort()
  const meaning = (permission: string) =>
    [permissions[permission], permissions[`${permission}:own`]].filter(Boolean).join('; own: ')
  const opens = (permission: string) =>
    routes
      .filter((route) => route.permission === permission)
      .map(({ summary }) => lower(summary))
      .join('; ')

  return [
    intro,
    '## Seeded roles\n',
    table(
      ['Role', 'Is for', 'Has'],
      roleNames.map((name) => [
        `\`${name}\``,
        roles[name]?.description ?? '',
        [...new Set(roles[name]?.permissions)].map((permission) => `\`${permission}\``).join(', '),
      ]),
    ),
    '\nThey can be edited but neither renamed nor deleted; what an operator has made of them is kept by upgrades.\n',
    '## What each permission opens\n',
    table(
      ['Permission', 'Means', 'Opens', ...roleNames],
      needed.map((name) => [`\`${name}\``, meaning(name), opens(name), ...reaches(name)]),
    ),
    ...['main-service', 'auth-service', 'medias-service'].flatMap((service) => [
      `\n## Routes of ${service}\n`,
      table(
        ['Route', 'Does', 'Needs', ...roleNames],
        routes
          .filter((route) => route.service === service)
          .map((route) => [
            `\`${route.method} ${route.path}\``,
            route.summary,
            tellAccess(route),
            ...roleNames.map((role) => reachOf(role, route)),
          ]),
      ),
    ]),
    '\nRoutes below `/internal` are for the services among themselves, by their own tokens: no permission opens them.\n',
  ].join('\n')
}

function tellAccess({ permission, isOpen }: DescribedRoute): string {
  if (permission) return isOpen ? `\`${permission}\`; nothing for what is public` : `\`${permission}\``
  return isOpen ? 'nothing' : 'to be signed in'
}

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

/** A table with padded columns, as the formatter writes it. */
function table(head: string[], rows: string[][]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((name, column) => Math.max(name.length, ...escaped.map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...escaped.map(line)].join('\n')
}
