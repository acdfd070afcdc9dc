import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { findCircles } from './find-circles.ts'

/** `a>b b>c` as edges. */
const edges = (text: string) =>
  text
    .split(' ')
    .filter(Boolean)
    .map((edge) => ({ from: edge.split('>')[0] ?? '', to: edge.split('>')[1] ?? '' }))

describe('The circles of a graph', () => {
  it.each([
    ['nothing', ''],
    ['a chain', 'a>b b>c'],
    ['a diamond', 'a>b a>c b>d c>d'],
    ['a repeated edge', 'a>b a>b'],
  ])('do not exist in %s', (_what, graph) => {
    expect(findCircles(edges(graph))).toEqual([])
  })

  it.each([
    ['of two nodes', 'b>a a>b', [['a', 'b', 'a']]],
    ['of three nodes', 'c>a b>c a>b', [['a', 'b', 'c', 'a']]],
    ['of a node with an edge to itself', 'a>a', [['a', 'a']]],
    ['with an edge into the circle', 'start>a a>b b>a', [['a', 'b', 'a']]],
    ['with an edge out of the circle', 'a>b b>a b>end', [['a', 'b', 'a']]],
    [
      'with a shorter and a longer circle',
      'a>b b>c c>d d>a b>a',
      [
        ['a', 'b', 'a'],
        ['c', 'd', 'a', 'b', 'c'],
      ],
    ],
  ])('are found in a graph %s', (_what, graph, circles) => {
    expect(findCircles(edges(graph))).toEqual(circles)
  })

  it('are reported once each, sorted by name', () => {
    expect(findCircles(edges('y>z z>y b>c c>b'))).toEqual([
      ['b', 'c', 'b'],
      ['y', 'z', 'y'],
    ])
  })

  it('are found in every graph that has a circle, and follow its edges', () => {
    const node = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    fc.assert(
      fc.property(fc.array(fc.record({ from: node, to: node }), { maxLength: 15 }), (graph) => {
        const circles = findCircles(graph)
        expect(circles.length > 0).toBe(hasCircle(graph))
        for (const circle of circles) {
          expect(circle.at(-1)).toBe(circle[0])
          for (let step = 1; step < circle.length; step++) {
            expect(graph).toContainEqual({ from: circle[step - 1], to: circle[step] })
          }
        }
      }),
    )
  })
})

/** Another method: removes nodes without outgoing edges until none is left (Kahn). */
function hasCircle(graph: { from: string; to: string }[]): boolean {
  const left = graph.filter(({ to }) => graph.some(({ from }) => from === to))
  return left.length === graph.length ? graph.length > 0 : hasCircle(left)
}
