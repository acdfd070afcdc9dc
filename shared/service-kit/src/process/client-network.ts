import { isIPv6 } from 'node:net'

/** The number of 16-bit groups of the prefix that a provider usually assigns to one site: /64 (RFC 6177, RFC 7934). */
const SITE_GROUPS = 4

/**
 * The network of an IP address, as a key for limits per network address: the address itself for IPv4, and its /64 for
 * IPv6, because one host can use every address of a /64.
 *
 * A text that is not an address is returned as it is, so that a limit applies to it too.
 */
export function clientNetwork(address: string): string {
  const plain = address.replace(/^::ffff:(?=[\d.]+$)|%.*$/i, '')
  if (!isIPv6(plain)) return plain
  const groups = groupsOf(plain)
  return ipv4Of(groups) ?? `${groups.slice(0, SITE_GROUPS).join(':')}::/64`
}

/** The eight groups, without leading zeros. The parser of URLs brings every notation into one form (RFC 5952). */
function groupsOf(address: string): string[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [left, right] = [head, tail ?? ''].map((text) => text.split(':').filter(Boolean)) as [string[], string[]]
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
}

/** The IPv4 address in an IPv4-mapped address (`::ffff:192.0.2.1`), which a socket for both versions reports. */
function ipv4Of(groups: string[]): string | undefined {
  const [high = '', low = ''] = groups.slice(6)
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return undefined
  return [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]).join('.')
}
