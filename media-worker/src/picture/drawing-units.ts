import type { ViewBox } from './drawing-size.ts'

/** librsvg takes a view box for empty if a side is shorter than 1/256, the smallest number of cairo. */
const SHORTEST_SIDE = 1 / 128

const shape = /<(?:[a-z_][\w.-]*:)?(?:rect|circle|ellipse|line|image|use|text|tspan)\s[^<>]*>/gi
const percentage = /(=\s*["']\s*)([+-]?[\d.]+(?:e[+-]?\d+)?)(?=%\s*["'])/gi

/** A view box, and the content of the root element that it shows. */
export interface Content {
  viewBox: ViewBox
  /** From the end of the root's start tag to the end of the document. */
  content: string
}

/**
 * Magnifies a drawing in very small units, such as a map in degrees. Lengths are magnified by a group. The percentages of
 * shapes refer to the view box, so they are divided.
 *
 * @param prefix the namespace prefix of the root element, with its colon; or empty
 */
export function inLargerUnits({ viewBox, content }: Content, prefix: string): Content {
  const shortest = Math.min(viewBox.width, viewBox.height)
  const end = content.lastIndexOf('</')
  if (shortest >= SHORTEST_SIDE || end < 0) return { viewBox, content }
  const factor = 1 / shortest
  const shapes = content
    .slice(0, end)
    .replaceAll(shape, (tag) =>
      tag.replaceAll(percentage, (_, opening: string, number: string) => `${opening}${Number(number) / factor}`),
    )
  return {
    viewBox: {
      x: viewBox.x * factor,
      y: viewBox.y * factor,
      width: viewBox.width * factor,
      height: viewBox.height * factor,
    },
    content: `<${prefix}g transform="scale(${factor})">${shapes}</${prefix}g>${content.slice(end)}`,
  }
}
