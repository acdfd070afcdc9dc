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

For administrators who edit roles. A permission is \`resource:action\`. A role has a set of permissions. A user has the permissions of all their roles.

- \`media:read\` covers **all** media, \`media:read:own\` only the user's **own** media. With both, the wider one applies.
- \`*\` matches a segment: \`media:*\` is every action on media, including actions of future versions; \`*:read\` reads everything; \`*\` alone is everything, and makes an administrator.
- Users can grant only permissions that they hold, and not for longer than they hold them. To grant a wildcard, a user must hold the same or a wider one.
- A change takes effect in every service within five seconds.
- \`GET /api/v1/access/explain\` explains why a user has a permission or not. \`POST /api/v1/access/preview\` lists the users whom an edit of a role would affect.

In the tables, **all** means every row, **own** the user's own rows, **–** none.
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
      ['Role', 'Purpose', 'Permissions'],
      roleNames.map((name) => [
        `\`${name}\``,
        roles[name]?.description ?? '',
        [...new Set(roles[name]?.permissions)].map((permission) => `\`${permission}\``).join(', '),
      ]),
    ),
    '\nSeeded roles can be edited, but not renamed or deleted. Upgrades keep the edits.\n',
    '## Permissions and their routes\n',
    table(
      ['Permission', 'Meaning', 'Routes', ...roleNames],
      needed.map((name) => [`\`${name}\``, meaning(name), opens(name), ...reaches(name)]),
    ),
    ...['main-service', 'auth-service', 'medias-service'].flatMap((service) => [
      `\n## Routes of ${service}\n`,
      table(
        ['Route', 'Summary', 'Needs', ...roleNames],
        routes
          .filter((route) => route.service === service)
          .map((route) => [
            `\`${route.method} ${route.path}\``,
            route.summary,
            describeAccess(route),
            ...roleNames.map((role) => reachOf(role, route)),
          ]),
      ),
    ]),
    '\nOnly services call the routes under `/internal`, with their own tokens. No permission gives access to them.\n',
  ].join('\n')
}

function describeAccess({ permission, isOpen }: DescribedRoute): string {
  if (permission) return isOpen ? `\`${permission}\`; nothing for public rows` : `\`${permission}\``
  return isOpen ? 'nothing' : 'a signed-in user'
}

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

/** A table with padded columns, as the formatter writes it. */
function table(head: string[], rows: string[][]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((name, column) => Math.max(name.length, ...escaped.map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...escaped.map(line)].join('\n')
}
