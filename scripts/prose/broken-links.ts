import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

import type { MarkdownPage } from './markdown-page.ts'

/**
 * The links of all pages to files or headings that do not exist. Links to other servers are not checked.
 *
 * @param pages the pages by path, relative to `repository`
 * @returns a sentence for each broken link
 */
export function findBrokenLinks(pages: Map<string, MarkdownPage>, repository: string): string[] {
  return [...pages].flatMap(([path, { links }]) =>
    links.flatMap(({ url, line }) => {
      const fault = faultOf(url, path, pages, repository)
      return fault === undefined ? [] : [`${path}:${line}: the link ${url} ${fault}`]
    }),
  )
}

function faultOf(url: string, from: string, pages: Map<string, MarkdownPage>, repository: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(url)) return undefined
  const [file = '', anchor] = url.split('#')
  const target = file === '' ? from : normalize(join(dirname(from), decodeURI(file)))
  if (target.startsWith('..')) return 'leads out of the repository'
  if (!existsSync(join(repository, target))) return 'leads to a file that does not exist'
  if (anchor === undefined) return undefined
  const page = pages.get(target)
  if (page) return page.anchors.has(anchor) ? undefined : `leads to a heading that does not exist in ${target}`
  return statSync(join(repository, target)).isDirectory() ? 'has an anchor, but leads to a folder' : undefined
}
