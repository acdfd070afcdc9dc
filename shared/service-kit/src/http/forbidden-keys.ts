import type { FieldError } from '../process/problem.ts'
import { UNKNOWN_FIELD } from '../process/validation.ts'

/**
 * Names with a special meaning in JavaScript. An object schema ignores `__proto__`, and code that copies an object key by
 * key would set the prototype of the copy.
 */
const forbidden = new Set(['__proto__', 'constructor'])

interface Node {
  key: string
  parent: Node | undefined
  value: object
}

/**
 * Finds the forbidden keys in a parsed JSON value. It does not recurse: 1 MiB of brackets can be half a million levels
 * deep.
 *
 * @param limit the maximum number of errors to return
 */
export function forbiddenKeys(place: string, value: unknown, limit: number): FieldError[] {
  const errors: FieldError[] = []
  const nodes: Node[] = isObject(value) ? [{ key: place, parent: undefined, value }] : []
  for (let node = nodes.pop(); node && errors.length < limit; node = nodes.pop()) {
    for (const [key, child] of Object.entries(node.value)) {
      if (forbidden.has(key) && !Array.isArray(node.value)) {
        errors.push({ path: `${pathOf(node)}.${key}`, message: UNKNOWN_FIELD })
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
