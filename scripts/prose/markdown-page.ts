import GithubSlugger from 'github-slugger'
import { toString } from 'mdast-util-to-string'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { visit } from 'unist-util-visit'

/** A page of documentation. Lines count from 1. */
export interface MarkdownPage {
  /** The anchors of its headings, as GitHub makes them, and the ids in its HTML. */
  anchors: Set<string>
  links: { url: string; line: number }[]
  /** Its text without code, block by block. */
  texts: { text: string; line: number }[]
}

export function readMarkdownPage(markdown: string): MarkdownPage {
  const page: MarkdownPage = { anchors: new Set(), links: [], texts: [] }
  const slugger = new GithubSlugger()
  visit(unified().use(remarkParse).use(remarkGfm).parse(markdown), (node) => {
    const line = node.position?.start.line ?? 0
    if (node.type === 'heading') page.anchors.add(slugger.slug(toString(node)))
    if (node.type === 'html') for (const [, id] of node.value.matchAll(/\bid="([^"]+)"/g)) page.anchors.add(id ?? '')
    if (node.type === 'link' || node.type === 'image' || node.type === 'definition') {
      page.links.push({ url: node.url, line })
    }
    if (node.type === 'paragraph' || node.type === 'heading' || node.type === 'tableCell') {
      const text: string[] = []
      visit(node, 'text', ({ value }) => void text.push(value))
      page.texts.push({ text: text.join(' ').replaceAll(/\s+/g, ' '), line })
    }
  })
  return page
}
