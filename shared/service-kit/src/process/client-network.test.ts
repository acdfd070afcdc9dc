import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { clientNetwork } from './client-network.ts'

describe('The network of an address', () => {
  it('is the address itself for IPv4, also in an IPv4-mapped address', () => {
    expect(clientNetwork('192.0.2.17')).toBe('192.0.2.17')
    expect(clientNetwork('::ffff:192.0.2.17')).toBe('192.0.2.17')
    expect(clientNetwork('::FFFF:c000:0211')).toBe('192.0.2.17')
    expect(clientNetwork('0:0:0:0:0:ffff:192.0.2.17')).toBe('192.0.2.17')
  })

  it('is the /64 for IPv6, in every notation', () => {
    for (const address of ['2001:db8:0:7::1', '2001:0db8:0000:0007:ffff:ffff:ffff:ffff', '2001:DB8:0:7::192.0.2.1']) {
      expect(clientNetwork(address)).toBe('2001:db8:0:7::/64')
    }
    expect(clientNetwork('2001:db8:0:8::1')).toBe('2001:db8:0:8::/64')
    expect(clientNetwork('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
    expect(clientNetwork('::1')).toBe('0:0:0:0::/64')
  })

  it('is the text itself if the text is not an address', () => {
    for (const text of ['', 'unknown', '192.0.2', '1:2:3', ':::']) expect(clientNetwork(text)).toBe(text)
  })

  it('depends only on the first half of an IPv6 address', () => {
    const half = fc.array(fc.integer({ min: 1, max: 0xff_ff }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(half, half, half, (site, host, otherHost) => {
        const address = (groups: number[]) => groups.map((group) => group.toString(16)).join(':')
        const network = clientNetwork(address([...site, ...host]))
        expect(network).toBe(clientNetwork(address([...site, ...otherHost])))
        expect(network).toBe(`${address(site)}::/64`)
      }),
    )
  })
})
