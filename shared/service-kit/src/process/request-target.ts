import { problems } from './problem.ts'

/** The path of a request, and its query without the question mark. */
interface Target {
  path: string
  query: string
}

interface GivenTarget extends Target {
  /** The host and the port of a target that is a URL. */
  authority?: string
}

/** Browsers do not encode `|`, `{`, `^` and others, so every visible ASCII character is accepted except `#` and `\`. */
const pathPattern = /^\/[!-"$-[\]-~]*$/
/** Browsers do not encode `\` in a query. */
const queryPattern = /^[!-"$-~]*$/
const urlPattern = /^https?:\/\/([^/?]*)(.*)$/i
const authorityPattern = /^(?:\[[\da-f:.]+\]|[\w.~%-]+)(?::\d+)?$/i

/**
 * The path and the query of a request that the server has accepted, whose target is in origin-form. Use it instead of
 * `new URL`, which reads `//host/path` as a host and throws for some targets.
 *
 * @param request Express changes `url`, so `originalUrl` has precedence
 */
export function targetOf({ originalUrl, url = '/' }: { originalUrl?: string; url?: string | undefined }): Target {
  return splitTarget(originalUrl ?? url)
}

/**
 * Reads a request target: origin-form, absolute-form with http or https, or `*` for `OPTIONS` (RFC 9112 §3.2).
 *
 * @throws {Problem} 400 for any other target
 */
export function parseTarget(text: string, method: string): GivenTarget {
  if (text === '*' && method === 'OPTIONS') return { path: '*', query: '' }
  const [, authority, rest = ''] = urlPattern.exec(text) ?? []
  const isUrl = authority !== undefined
  if (isUrl && !isAuthority(authority)) throw problems.invalidTarget()
  const target = splitTarget(isUrl && !rest.startsWith('/') ? `/${rest}` : isUrl ? rest : text)
  if (!pathPattern.test(target.path) || !queryPattern.test(target.query)) throw problems.invalidTarget()
  if (!isPercentEncoded(target.path)) throw problems.invalidPath()
  return isUrl ? { ...target, authority } : target
}

function splitTarget(text: string): Target {
  const end = text.indexOf('?')
  return end === -1 ? { path: text, query: '' } : { path: text.slice(0, end), query: text.slice(end + 1) }
}

/** Without a user and a password, which are not allowed in a URL of http (RFC 9110 §4.2.4). */
const isAuthority = (text: string) => authorityPattern.test(text) && URL.canParse(`http://${text}`)

/** Whether each `%` begins an encoded byte, and the bytes are UTF-8. */
function isPercentEncoded(path: string): boolean {
  if (!path.includes('%')) return true
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
