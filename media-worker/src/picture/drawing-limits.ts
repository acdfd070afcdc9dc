import { PictureError } from './picture-error.ts'

/**
 * Limits far above those of real drawings. Inkscape nests some dozens of groups, a shadow has four filter primitives, and
 * noise of more than ten octaves has details below a pixel. A drawing within the limits can still need too much time. Then
 * the limit of CPU time ends it. Lengths, such as the deviation of a blur, have no limit: they depend on the units of the
 * drawing, and librsvg draws a large blur as fast as a small one.
 */
const limits = {
  elements: 250_000,
  depth: 500,
  octaves: 32,
  /** Numbers of a convolution matrix. */
  kernel: 400,
  /** Primitives of one filter. */
  primitives: 100,
  /** Primitives of all filters, each counted as often as its filter is used, and each octave of noise counted too. */
  steps: 2_000,
}

const tagName = /[a-z_][\w.:-]*/iy
/** A part of a tag: up to the end of a quoted value, or up to the end of the tag. */
const partOfTag = /[^"'>]*(?:"[^"]*"|'[^']*'|>)/y
const filterReference = /\bfilter\s*(?:=\s*["']\s*|:\s*)url\(\s*(?:&quot;|["'])?#([^)"'&\s]+)/g

/**
 * Refuses a drawing that certainly takes too long to draw: with too many or too deep elements, or with filters that are too
 * expensive. Reads the text once. The numbers of a filter are in its attributes and never in style sheets.
 *
 * @param text an SVG; what is not well-formed is left to librsvg
 * @throws PictureError `drawing-too-complex`
 */
export function refuseComplexDrawing(text: string): void {
  let elements = 0
  let depth = 0
  let filter: { depth: number; id: string; primitives: number } | null = null
  const stepsOf = new Map<string, number>()
  for (const { name, attributes, kind } of tagsOf(text)) {
    if (kind === 'end') {
      if (filter?.depth === depth) filter = null
      depth -= 1
      continue
    }
    elements += 1
    depth += 1
    check('elements', elements)
    check('depth', depth)
    if (name === 'filter') filter = { depth, id: valueOf(attributes, 'id') ?? '', primitives: 0 }
    else if (filter && name.startsWith('fe')) {
      filter.primitives += 1
      check('primitives', filter.primitives)
      stepsOf.set(filter.id, (stepsOf.get(filter.id) ?? 0) + stepsIn(name, attributes))
    }
    if (kind === 'empty') {
      if (filter?.depth === depth) filter = null
      depth -= 1
    }
  }
  if (stepsOf.size === 0) return
  let steps = 0
  for (const [, id = ''] of text.matchAll(filterReference)) {
    steps += stepsOf.get(id) ?? 0
    check('steps', steps)
  }
}

/** @throws PictureError if a number of the primitive exceeds its limit */
function stepsIn(name: string, attributes: string): number {
  const numbersOf = (attribute: string): number[] => numbersIn(valueOf(attributes, attribute))
  const [columns = 0, rows = columns] = numbersOf('order')
  check('kernel', columns * rows)
  const [octaves = 1] = numbersOf('numOctaves')
  check('octaves', octaves)
  return name === 'feTurbulence' ? Math.max(1, octaves) : 1
}

function check(limit: keyof typeof limits, value: number): void {
  if (value <= limits[limit]) return
  const reason = `The drawing is too complex: ${names[limit]} is ${value}. The maximum is ${limits[limit]}.`
  throw new PictureError('drawing-too-complex', reason)
}

const names: Record<keyof typeof limits, string> = {
  elements: 'the number of its elements',
  depth: 'the depth of its elements',
  octaves: 'the number of octaves of a noise',
  kernel: 'the size of a convolution matrix',
  primitives: 'the number of primitives of a filter',
  steps: 'the number of steps of all filters',
}

/** A tag. The name has no namespace prefix. */
interface Tag {
  name: string
  attributes: string
  kind: 'start' | 'end' | 'empty'
}

/** The tags of the elements in a document, in order. Ends at markup without an end. */
function* tagsOf(text: string): Generator<Tag> {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const skipped = skipOther(text, at)
    if (skipped !== at) {
      at = skipped
      continue
    }
    const isEnd = text[at + 1] === '/'
    tagName.lastIndex = at + (isEnd ? 2 : 1)
    const name = tagName.exec(text)?.[0]
    if (name === undefined) {
      at += 1
      continue
    }
    const start = tagName.lastIndex
    const end = endOfTag(text, start)
    if (end === null) return
    const attributes = text.slice(start, end - 1)
    const local = name.slice(name.indexOf(':') + 1)
    yield { name: local, attributes, kind: isEnd ? 'end' : attributes.endsWith('/') ? 'empty' : 'start' }
    at = end
  }
}

/** The position after a comment, a CDATA section, an instruction or a document type. */
function skipOther(text: string, at: number): number {
  const after = (end: string): number => {
    const found = text.indexOf(end, at)
    return found < 0 ? text.length : found + end.length
  }
  if (text.startsWith('<!--', at)) return after('-->')
  if (text.startsWith('<![CDATA[', at)) return after(']]>')
  if (text.startsWith('<?', at)) return after('?>')
  if (!text.startsWith('<!', at)) return at
  const subset = text.indexOf('[', at)
  const end = text.indexOf('>', at)
  return subset >= 0 && subset < end ? after(']') : after('>')
}

function endOfTag(text: string, start: number): number | null {
  partOfTag.lastIndex = start
  for (let part = partOfTag.exec(text); part; part = partOfTag.exec(text)) {
    if (part[0].endsWith('>')) return partOfTag.lastIndex
  }
  return null
}

function valueOf(attributes: string, name: string): string | undefined {
  return new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`)
    .exec(attributes)
    ?.slice(1)
    .find((value) => value !== undefined)
}

/** The numbers of an attribute. A number that is written with an entity cannot be read, and exceeds every limit. */
function numbersIn(value = ''): number[] {
  const text = value.replaceAll(/&#(x?)([\da-f]+);/gi, (_, hex: string, code: string) =>
    String.fromCharCode(Number.parseInt(code, hex ? 16 : 10)),
  )
  if (text.includes('&')) return [Number.POSITIVE_INFINITY]
  return text
    .split(/[\s,]+/)
    .map(Number.parseFloat)
    .filter((number) => !Number.isNaN(number))
}
