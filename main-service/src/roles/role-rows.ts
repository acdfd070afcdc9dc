import type { Sql } from '../maindb.ts'

export function findRolesByName(sql: Sql, names: string[]): Promise<{ id: string; name: string }[]> {
  return sql.rows('SELECT id, name FROM roles WHERE name = ANY(ARRAY[:names]::text[])', { names })
}
