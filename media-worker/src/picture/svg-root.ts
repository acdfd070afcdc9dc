/** The start tag of a drawing's root element. */
export interface SvgRoot {
  /** The value of an attribute with its references resolved; null when it is missing or absurdly long. */
  attribute(name: string): string | null
  /** The namespace prefix of the element, with its colon; or empty. */
  prefix: string
  /** The text before the root element. */
  before: string
  /** The text after the root's start tag, up to the end of the document. */
  after: string
  /** The start tag with these attributes in place of the drawing's own, and with declarations added to its style. */
  tagWith(changes: Record<string, string>, style: string): string
}

interface Attribute {
  name: string
  raw: string
}

const MAX_VALUE = 10_000
const MAX_REFERENCES = 8

const tagStart = /<((?:[a-z_][\w.-]*:)?svg)(?=[\s/>])/iy
const attribute = /\s*([^\s=/>"'<]+)\s*=\s*("[^"<]*"|'[^'<]*')/y
const tagEnd = /\s*\/?>/y
const entity = /<!ENTITY\s+([\w:.-]+)\s+("[^"]*"|'[^']*')\s*>/g
const reference = /&(#x[\da-f]+|#\d+|[\w:.-]+);/gi

/**
 * Finds the root element of an SVG: after declarations, comments and the document type (XML 1.0, production 22). librsvg
 * parses the document itself later; this only reads and replaces attributes of the root.
 *
 * @returns null when the root element is not an `svg`, or is not well-formed
 */
export function findSvgRoot(text: string): SvgRoot | null {
  const { end: start, subset } = skipPrologue(text)
  const name = matchAt(tagStart, text, start)?.[1]
  if (name === undefined) return null
  let end = start + 1 + name.length
  const attributes: Attribute[] = []
  for (;;) {
    const found = matchAt(attribute, text, end)
    if (!found) break
    end += found[0].length
    attributes.push({ name: found[1] ?? '', raw: found[2] ?? '""' })
  }
  const closing = matchAt(tagEnd, text, end)?.[0]
  if (closing === undefined) return null
  return {
    prefix: name.slice(0, name.indexOf(':') + 1),
    before: text.slice(0, start),
    after: text.slice(end + closing.length),
    attribute: (wanted) => {
      const raw = attributes.find((candidate) => candidate.name === wanted)?.raw
      return raw === undefined ? null : resolve(raw.slice(1, -1), entitiesOf(subset))
    },
    tagWith: (changes, style) => {
      const own = attributes.find((candidate) => candidate.name === 'style')?.raw ?? '""'
      const kept = attributes.filter(
        (candidate) => candidate.name !== 'style' && !Object.hasOwn(changes, candidate.name),
      )
      const written = [
        ...kept.map((one) => `${one.name}=${one.raw}`),
        ...Object.entries(changes).map(([changed, value]) => `${changed}="${escaped(value)}"`),
        `style=${own.slice(0, -1)};${style}${own.slice(-1)}`,
      ]
      return `<${name} ${written.join(' ')}${closing.trim()}`
    },
  }
}

/** The end of the declarations, comments and document type, and the internal subset of the document type. */
function skipPrologue(text: string): { end: number; subset: string } {
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let subset = ''
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at += 1
    if (text.startsWith('<?', at)) at = after(text, '?>', at)
    else if (text.startsWith('<!--', at)) at = after(text, '-->', at + 4)
    else if (text.startsWith('<!DOCTYPE', at)) {
      const end = endOfDocumentType(text, at)
      subset = text.slice(at, end)
      at = end
    } else return { end: at, subset }
  }
}

/** Quoted strings, comments and processing instructions inside may contain brackets. */
function endOfDocumentType(text: string, start: number): number {
  const token = /["'[\]>]|<!--|<\?/g
  token.lastIndex = start
  let depth = 0
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [what] = found
    if (what === '>' && depth === 0) return token.lastIndex
    if (what === '[') depth += 1
    else if (what === ']') depth -= 1
    else if (what !== '>') token.lastIndex = after(text, closingOf(what), token.lastIndex)
  }
  return text.length
}

function closingOf(opening: string): string {
  if (opening === '<!--') return '-->'
  return opening === '<?' ? '?>' : opening
}

/** The position after the next occurrence; the end of the text if there is none. */
function after(text: string, wanted: string, from: number): number {
  const found = text.indexOf(wanted, from)
  return found < 0 ? text.length : found + wanted.length
}

function entitiesOf(subset: string): Map<string, string> {
  const entities = new Map([
    ['amp', '&'],
    ['lt', '<'],
    ['gt', '>'],
    ['quot', '"'],
    ['apos', "'"],
  ])
  for (const [, name = '', quoted = ''] of subset.matchAll(entity)) {
    // The first declaration is binding (XML 1.0, 4.2).
    if (!entities.has(name)) entities.set(name, quoted.slice(1, -1))
  }
  return entities
}

/** Resolves references, also those inside entities, but never into a text that grows without bound. */
function resolve(value: string, entities: Map<string, string>): string | null {
  let resolved = value
  for (let depth = 0; depth < MAX_REFERENCES && resolved.length <= MAX_VALUE && resolved.includes('&'); depth++) {
    let length = resolved.length
    const next = resolved.replaceAll(reference, (whole, name: string) => {
      const text = name.startsWith('#') ? characterOf(name.slice(1)) : (entities.get(name) ?? whole)
      length += text.length
      // Too long already, so the rest is not expanded.
      return length > 2 * MAX_VALUE ? whole : text
    })
    if (length > 2 * MAX_VALUE) return null
    if (next === resolved) break
    resolved = next
  }
  return resolved.length <= MAX_VALUE ? resolved : null
}

function characterOf(code: string): string {
  const point = /^x/i.test(code) ? Number.parseInt(code.slice(1), 16) : Number(code)
  return point <= 0x10_ff_ff ? String.fromCodePoint(point) : ''
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
