import type { Dimensions } from './geometry.ts'
import type { SvgRoot } from './svg-root.ts'

/** A rectangle in the units of a drawing. */
export interface ViewBox extends Dimensions {
  x: number
  y: number
}

/** The numbers that a drawing gives about its size. */
export interface DeclaredSize {
  /** In CSS pixels; null when it is missing, relative or not positive. */
  width: number | null
  height: number | null
  viewBox: ViewBox | null
}

/** Pixels of each absolute unit (CSS Values 4, 6.2), and of font sizes at the initial size of 16 pixels. */
const pixelsOf = new Map(
  Object.entries({ '': 1, px: 1, in: 96, cm: 96 / 2.54, mm: 96 / 25.4, q: 96 / 101.6, pt: 96 / 72, pc: 16, rem: 16 }),
)
const DEFAULT_FONT_SIZE = 16

/** A size in which nothing is lost: beyond these numbers the ratio of two sides could not be calculated. */
const SMALLEST = 1e-9
const LARGEST = 1e9

const NUMBER = String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?`
const length = new RegExp(String.raw`^(${NUMBER})\s?([a-z]*)$`, 'i')
const numbers = new RegExp(NUMBER, 'gi')

/** Width and height may be properties in the `style` of the root, which take precedence (SVG 2, 7.2). */
export function declaredSizeOf(root: SvgRoot): DeclaredSize {
  const style = root.attribute('style') ?? ''
  const written = (name: string): string | null => propertyOf(style, name) ?? root.attribute(name)
  const em = pixels(written('font-size'), DEFAULT_FONT_SIZE) ?? DEFAULT_FONT_SIZE
  return {
    width: pixels(written('width'), em),
    height: pixels(written('height'), em),
    viewBox: viewBoxOf(root.attribute('viewBox')),
  }
}

/** The size of a drawing as its own numbers give it, with fractions; null when they are not sufficient. */
export function naturalSizeOf({ width, height, viewBox }: DeclaredSize): Dimensions | null {
  if (width !== null && height !== null) return { width, height }
  if (!viewBox) return null
  if (width !== null) return { width, height: (width * viewBox.height) / viewBox.width }
  if (height !== null) return { width: (height * viewBox.width) / viewBox.height, height }
  return { width: viewBox.width, height: viewBox.height }
}

const MAX_DISTORTION = 0.001

/**
 * Width and height in whole pixels with the proportions of the drawing. They are its natural size in CSS pixels, rounded.
 * If that is longer than the longest side, it is divided by a power of ten, because a unit of a drawing is not a pixel. If
 * rounding would change the proportions by more than a thousandth, it is multiplied by a power of ten.
 */
export function wholePixelsOf({ width, height }: Dimensions, longestSide: number): Dimensions {
  const longest = Math.max(width, height)
  let power = Math.min(0, Math.floor(Math.log10(longestSide / longest)))
  while (longest * 10 ** (power + 1) <= longestSide && distortion(width, height, 10 ** power) > MAX_DISTORTION) {
    power += 1
  }
  return rounded(width, height, 10 ** power)
}

function rounded(width: number, height: number, factor: number): Dimensions {
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}

function distortion(width: number, height: number, factor: number): number {
  const whole = rounded(width, height, factor)
  return Math.abs(Math.log((whole.width * height) / (whole.height * width)))
}

function viewBoxOf(written: string | null): ViewBox | null {
  const found = written?.match(numbers)
  if (found?.length !== 4 || /[^\s,]/.test(written?.replaceAll(numbers, '') ?? '')) return null
  const [x = 0, y = 0, width = 0, height = 0] = found.map(Number)
  const isUsable = Math.abs(x) <= LARGEST && Math.abs(y) <= LARGEST && isSize(width) && isSize(height)
  return isUsable ? { x, y, width, height } : null
}

function pixels(written: string | null, em: number): number | null {
  const [, number, unit = ''] = length.exec(written?.trim() ?? '') ?? []
  if (number === undefined) return null
  const factors: Record<string, number> = { em, ex: em / 2, ch: em / 2 }
  const factor = pixelsOf.get(unit.toLowerCase()) ?? factors[unit.toLowerCase()]
  const value = Number(number) * (factor ?? 0)
  return isSize(value) ? value : null
}

function isSize(value: number): boolean {
  return value >= SMALLEST && value <= LARGEST
}

/** The last declaration of a property in a `style`. */
function propertyOf(style: string, name: string): string | null {
  const declarations = style.split(';').map((declaration) => declaration.split(':'))
  const found = declarations.findLast(([property = '']) => property.trim().toLowerCase() === name)
  return found?.[1]?.replace(/!\s*important\s*$/i, '') ?? null
}
