import { describe, expect, it } from '@jest/globals'
import { type Caller, type Problem } from '@likeness/service-kit/process'
import fc from 'fast-check'
import { Registry } from 'prom-client'

import { createStreamLimiter } from './stream-limiter.ts'

const limits = { total: 6, perCaller: 2, perAddress: 4, anonymousPerAddress: 3 }
const [office, home] = ['192.0.2.1', '198.51.100.7']
const caller = (id: string, key?: string) => ({ kind: 'user', id, token: '', claims: { key } }) as unknown as Caller
const [ada, bob, nobody] = [caller('ada'), caller('bob'), undefined]

describe('The limit of open event streams', () => {
  const limiter = () => {
    const metrics = new Registry()
    const { acquireSlot } = createStreamLimiter(limits, metrics)
    const open = (who: Caller | undefined, address: string) => acquireSlot({ caller: who, address })
    const refusal = (who: Caller | undefined, address: string) => {
      try {
        open(who, address)()
        return undefined
      } catch (error) {
        const { status, code, headers } = error as Problem
        return { status, code, headers }
      }
    }
    return { open, refusal, metrics }
  }
  const tooMany = { status: 429, code: 'too-many-streams', headers: { 'Retry-After': '10' } }

  it('applies to a user on all addresses together', () => {
    const { open, refusal } = limiter()
    open(ada, office)
    const close = open(ada, home)
    expect(refusal(ada, '203.0.113.9')).toEqual(tooMany)
    expect(refusal(bob, office)).toBeUndefined()
    close()
    expect(refusal(ada, '203.0.113.9')).toBeUndefined()
  })

  it('applies to an API key separately from its owner', () => {
    const { open, refusal } = limiter()
    open(ada, office)
    open(ada, office)
    open(caller('ada', 'key'), home)
    open(caller('ada', 'key'), home)
    expect(refusal(caller('ada', 'key'), home)).toEqual(tooMany)
    expect(refusal(caller('ada', 'other key'), home)).toBeUndefined()
  })

  it('applies to an address, where streams without a token have a lower limit', () => {
    const { open, refusal } = limiter()
    for (let count = 0; count < 3; count++) open(nobody, office)
    expect(refusal(nobody, office)).toEqual(tooMany)
    open(ada, office)
    expect(refusal(bob, office)).toEqual(tooMany)
    expect(refusal(nobody, home)).toBeUndefined()
  })

  it('applies to the /64 of an IPv6 address', () => {
    const { open, refusal } = limiter()
    for (let count = 0; count < 3; count++) open(nobody, `2001:db8::${count}`)
    expect(refusal(nobody, '2001:db8::ffff:1:2:3')).toEqual(tooMany)
    expect(refusal(nobody, '2001:db8:0:1::1')).toBeUndefined()
  })

  it('applies to the process, with 503', async () => {
    const { open, refusal, metrics } = limiter()
    for (let count = 0; count < 6; count++) open(nobody, `192.0.2.${count}`)
    expect(refusal(ada, home)).toEqual({
      status: 503,
      code: 'events-unavailable',
      headers: { 'Retry-After': '10' },
    })
    expect(await metrics.getSingleMetricAsString('likeness_event_streams_rejected_total')).toContain(
      'limit="process"} 1',
    )
  })

  it('counts exactly the open streams, whatever the order and however often they close', () => {
    const step = fc.record({
      who: fc.constantFrom(ada, bob, nobody),
      address: fc.constantFrom(office, home, '2001:db8::1', '2001:db8::2'),
      closes: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { open, refusal } = limiter()
        const releases: (() => void)[] = []
        for (const { who, address, closes } of steps) {
          try {
            releases.push(open(who, address))
          } catch {
            // Release one of the open streams, perhaps for the second time.
            releases[closes % releases.length]?.()
          }
        }
        for (const release of releases) release()
        // All slots are free again: the limits apply from the beginning.
        const free = [open(ada, office), open(ada, office), open(bob, home), open(bob, home)]
        expect(refusal(ada, home)).toEqual(tooMany)
        for (const release of free) release()
      }),
    )
  })
})
