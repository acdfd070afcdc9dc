import { describe, expect, it } from '@jest/globals'

import { isKnownClient, readClient } from './client-credentials.ts'

const basic = (text: string, scheme = 'Basic') => `${scheme} ${Buffer.from(text).toString('base64')}`

describe('The client of a token request', () => {
  it.each([
    ['HTTP Basic', basic('main-service:secret'), {}],
    ['HTTP Basic in mixed case', basic('main-service:secret', 'bAsIc'), {}],
    ['the form', undefined, { client_id: 'main-service', client_secret: 'secret' }],
    [
      'the form, with another scheme in the header',
      'Bearer abc',
      { client_id: 'main-service', client_secret: 'secret' },
    ],
    ['HTTP Basic, even if the form has one', basic('main-service:secret'), { client_id: 'a', client_secret: 'b' }],
  ])('is read from %s', (_how, authorization, form) => {
    expect(readClient(authorization, form)).toEqual({ id: 'main-service', secret: 'secret' })
  })

  it('is form-decoded in HTTP Basic (RFC 6749 §2.3.1)', () => {
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

describe('A client secret', () => {
  const clients = new Map([
    ['main-service', 'one secret'],
    ['medias-service', 'another secret'],
  ])

  it.each([
    ['that is right', 'main-service', 'one secret', true],
    ['of another client', 'main-service', 'another secret', false],
    ['that is only the beginning', 'main-service', 'one', false],
    ['that is empty', 'main-service', '', false],
    ['of an unknown client', 'nobody', 'one secret', false],
    ['of a client named like a property of every object', 'constructor', 'one secret', false],
  ])('%s is checked', (_what, id, secret, isKnown) => {
    expect(isKnownClient({ id, secret }, clients)).toBe(isKnown)
  })
})
