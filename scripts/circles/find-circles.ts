interface Edge {
  from: string
  to: string
}

/**
 * The circles of a graph. For each strongly connected component with a circle, it returns one circle, which starts and
 * ends at the component's first node by name.
 */
export function findCircles(edges: Edge[]): string[][] {
  const targets = new Map<string, Set<string>>()
  for (const { from, to } of edges) targets.set(from, (targets.get(from) ?? new Set()).add(to))
  const circles: string[][] = []
  const isInCircle = new Set<string>()
  for (const node of [...targets.keys()].sort()) {
    if (isInCircle.has(node)) continue
    const circle = shortestWayBack(node, targets)
    if (!circle) continue
    for (const member of circle) isInCircle.add(member)
    circles.push(circle)
  }
  return circles
}

/** Searches breadth first, so that it finds the shortest circle through the node. */
function shortestWayBack(start: string, targets: Map<string, Set<string>>): string[] | undefined {
  const cameFrom = new Map<string, string>()
  const queue = [start]
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    for (const next of targets.get(node) ?? []) {
      if (next === start) return [...wayTo(node, start, cameFrom), start]
      if (cameFrom.has(next)) continue
      cameFrom.set(next, node)
      queue.push(next)
    }
  }
  return undefined
}

function wayTo(node: string, start: string, cameFrom: Map<string, string>): string[] {
  const way = [node]
  for (let at = node; at !== start;) {
    at = cameFrom.get(at) ?? start
    way.unshift(at)
  }
  return way
}
