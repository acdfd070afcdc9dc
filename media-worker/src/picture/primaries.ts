import type { Xyz } from './icc-tags.ts'

/** A position in the CIE 1931 xy diagram. */
export type Chromaticity = readonly [x: number, y: number]

/** The colours of full red, green and blue, and of white. */
export interface Primaries {
  red: Chromaticity
  green: Chromaticity
  blue: Chromaticity
  white: Chromaticity
}

/** Three rows. */
export type Matrix = readonly [Xyz, Xyz, Xyz]

const D65: Chromaticity = [0.3127, 0.329]
const ILLUMINANT_C: Chromaticity = [0.31, 0.316]
/** The white point of ICC's profile connection space. */
export const D50: Xyz = [0.9642, 1, 0.8249]

export const SRGB_PRIMARIES: Primaries = { red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06], white: D65 }
const ntsc: Primaries = { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: D65 }

/** Primaries by their code (ITU-T H.273, table 2). */
export const codedPrimaries: ReadonlyMap<number, Primaries> = new Map([
  [1, SRGB_PRIMARIES],
  // NTSC of 1953.
  [4, { red: [0.67, 0.33], green: [0.21, 0.71], blue: [0.14, 0.08], white: ILLUMINANT_C }],
  // PAL.
  [5, { red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06], white: D65 }],
  [6, ntsc],
  [7, ntsc],
  // Film.
  [8, { red: [0.681, 0.319], green: [0.243, 0.692], blue: [0.145, 0.049], white: ILLUMINANT_C }],
  // BT.2020.
  [9, { red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046], white: D65 }],
  // XYZ.
  [10, { red: [1, 0], green: [0, 1], blue: [0, 0], white: [1 / 3, 1 / 3] }],
  // DCI-P3, for cinemas.
  [11, { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: [0.314, 0.351] }],
  // Display P3.
  [12, { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: D65 }],
  // EBU 3213.
  [22, { red: [0.63, 0.34], green: [0.295, 0.605], blue: [0.155, 0.077], white: D65 }],
])

/** Larger than rounding in files, and half the difference between PAL and sRGB. */
const SLACK = 0.005

export function isSrgbPrimaries(primaries: Primaries): boolean {
  return (['red', 'green', 'blue', 'white'] as const).every((name) =>
    primaries[name].every((part, index) => Math.abs(part - (SRGB_PRIMARIES[name][index] ?? 0)) <= SLACK),
  )
}

/**
 * The colorants of red, green and blue, adapted to D50 by Bradford (ICC.1:2022, annex E); null if the primaries do not
 * span a triangle.
 */
export function colorantsOf({ red, green, blue, white }: Primaries): readonly Xyz[] | null {
  const light = toXyz(white)
  if (!light) return null
  const columns = transposed([xyzOf(red), xyzOf(green), xyzOf(blue)])
  const inverse = inverseOf(columns)
  if (!inverse) return null
  const amounts = applied(inverse, light)
  const native = columns.map((row) => row.map((part, index) => part * (amounts[index] ?? 0))) as unknown as Matrix
  const adapted = transposed(multiplied(adaptationFrom(light), native))
  return adapted.flat().every(Number.isFinite) ? adapted : null
}

/** The matrix whose columns are these colours. */
export function matrixOf([red, green, blue]: readonly Xyz[]): Matrix {
  const none: Xyz = [0, 0, 0]
  return transposed([red ?? none, green ?? none, blue ?? none])
}

export function multiplied(one: Matrix, other: Matrix): Matrix {
  const columns = transposed(other)
  return one.map((row) => columns.map((column) => dot(row, column))) as unknown as Matrix
}

export function applied(matrix: Matrix, colour: Xyz): Xyz {
  return matrix.map((row) => dot(row, colour)) as unknown as Xyz
}

/** Null if there is no inverse. */
export function inverseOf([one, two, three]: Matrix): Matrix | null {
  const rows: Matrix = [crossed(two, three), crossed(three, one), crossed(one, two)]
  const determinant = dot(one, rows[0])
  if (Math.abs(determinant) < 1e-9) return null
  return transposed(rows.map((row) => row.map((part) => part / determinant)) as unknown as Matrix)
}

/** Bradford's matrix from XYZ to the responses of the cones. */
const cones: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
]
const fromCones = inverseOf(cones) ?? cones

/** Bradford's matrix from colours under this white to colours under D50. */
export function adaptationFrom(white: Xyz): Matrix {
  const from = applied(cones, white)
  const to = applied(cones, D50)
  const factors = cones.map((row, index) => row.map((part) => (part * (to[index] ?? 0)) / (from[index] ?? 0)))
  return multiplied(fromCones, factors as unknown as Matrix)
}

function toXyz([x, y]: Chromaticity): Xyz | null {
  return y > 0 ? [x / y, 1, (1 - x - y) / y] : null
}

function xyzOf([x, y]: Chromaticity): Xyz {
  return [x, y, 1 - x - y]
}

function transposed([one, two, three]: Matrix): Matrix {
  return [
    [one[0], two[0], three[0]],
    [one[1], two[1], three[1]],
    [one[2], two[2], three[2]],
  ]
}

function crossed(one: Xyz, other: Xyz): Xyz {
  return [
    one[1] * other[2] - one[2] * other[1],
    one[2] * other[0] - one[0] * other[2],
    one[0] * other[1] - one[1] * other[0],
  ]
}

function dot(one: Xyz, other: Xyz): number {
  return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
}
