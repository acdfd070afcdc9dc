import type { Import } from './read-imports.ts'

/** The edge between two packages for an import; none for an import within one package. */
export function betweenPackages({ from, to }: Import): Import[] {
  const source = `@likeness/${/^(?:shared\/)?([^/]+)\//.exec(from)?.[1]}`
  const target = /^@likeness\/[^/]+/.exec(to)?.[0]
  return target === undefined || target === source ? [] : [{ from: source, to: target }]
}
