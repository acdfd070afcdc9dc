import { describe, expect, it } from '@jest/globals'

import { isKnownClient, readClient } from './client-credentials.ts'

const basic = (text: string, scheme = 'Basic') => `${scheme} ${Buffer.from(text).toString('base64')}`

describe('The client of a token request', () => {
  it.each([
    ['by HTTP Basic', basic('main-service:secret'), {}],
    ['by HTTP Basic in other letters', basic('main-service:secret', 'bAsIc'), {}],
    ['in the form', undefined, { client_id: 'main-service', client_secret: 'secret' }],
    ['in the form beside another scheme', 'Bearer abc', { client_id: 'main-service', client_secret: 'secret' }],
    ['by HTTP Basic rather than in the form', basic('main-service:secret'), { client_id: 'a', client_secret: 'b' }],
  ])('is read %s', (_how, authorization, form) => {
    expect(readClient(authorization, form)).toEqual({ id: 'main-service', secret: 'secret' })
  })

  it('is decoded from HTTP Basic as a form value (RFC 6749, 2.3.1)', () => {
    expect(readClient(basic('a%3Ab:c%25d:e'), {})).toEqual({ id: 'a:b', secret: 'c%d:e' })
  })

  it.each([
    ['nothing is sent', undefined, {}],
    ['the secret is missing', undefined, { client_id: 'main-service' }],
    ['the id is missing', undefined, { client_secret: 'secret' }],
    ['HTTP Basic is not base64', 'Basic ***', {}],
    ['HTTP Basic is empty', 'Basic ', {}],
    ['HTTP Basic is encoded wrongly', basic('main-service:%zz'), {}],
  ])('is unknown when %s', (_why, authorization, form) => {
    expect(readClient(authorization, form)).toBeUndefined()
  })
})

describe('A secret', () => {
  const clients = new Map([
    ['main-service', 'one secret'],
    ['medias-service', 'another secret'],
  ])

  it.each([
    ['the right one', 'main-service', 'one secret', true],
    ["another client's", 'main-service', 'another secret', false],
    ['a part of it', 'main-service', 'one', false],
    ['an empty one', 'main-service', '', false],
    ['of an unknown client', 'nobody', 'one secret', false],
    ['of a property of every object', 'constructor', 'one secret', false],
  ])('%s is judged', (_what, id, secret, isKnown) => {
    expect(isKnownClient({ id, secret }, clients)).toBe(isKnown)
  })
})
