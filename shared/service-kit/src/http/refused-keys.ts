import type { FieldError } from '../process/problem.ts'

/**
 * Names that JavaScript gives a meaning of its own. A schema of an object's keys passes over `__proto__` in silence,
 * and an object that is copied key by key takes it for its prototype.
 */
const refused = new Set(['__proto__', 'constructor'])

interface Node {
  key: string
  parent: Node | undefined
  value: object
}

/**
 * Where in `value`, which came as JSON, a key stands that no body may have. Without recursion: 1 MiB of brackets is
 * half a million deep.
 *
 * @param limit how many are told at the most
 */
export function refusedKeys(place: string, value: unknown, limit: number): FieldError[] {
  const errors: FieldError[] = []
  const nodes: Node[] = isObject(value) ? [{ key: place, parent: undefined, value }] : []
  for (let node = nodes.pop(); node && errors.length < limit; node = nodes.pop()) {
    for (const [key, child] of Object.entries(node.value)) {
      if (refused.has(key) && !Array.isArray(node.value)) {
        errors.push({ path: `${pathOf(node)}.${key}`, message: 'is not a field here' })
      }
      if (isObject(child)) nodes.push({ key, parent: node, value: child })
    }
  }
  return errors
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function pathOf(node: Node): string {
  const keys: string[] = []
  for (let at: Node | undefined = node; at; at = at.parent) keys.unshift(at.key)
  return keys.join('.')
}
