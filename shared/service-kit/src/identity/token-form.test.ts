import { describe, expect, it } from '@jest/globals'

import { areTimesValid, hasTokenForm } from './token-form.ts'

const encode = (text: string) => Buffer.from(text).toString('base64url')
const header = { alg: 'ES256', typ: 'at+jwt', kid: 'a-key' }
/** 64 bytes end with a character that has four unused bits. */
const signature = Buffer.alloc(64, 7).toString('base64url')

const withHeader = (text: string) => `${encode(text)}.${encode('{}')}.${signature}`
const withParameters = (parameters: object) => withHeader(JSON.stringify({ ...header, ...parameters }))
const right = withParameters({})

describe('The form of a token', () => {
  it('is the form that auth-service writes', () => {
    expect(hasTokenForm(right)).toBe(true)
  })

  it.each([
    ['the type JWT', { typ: 'JWT' }],
    ['the type of a proof of possession', { typ: 'dpop+jwt' }],
    ['its type in upper case', { typ: 'AT+JWT' }],
    ['no type', { typ: undefined }],
    ['another algorithm', { alg: 'ES384' }],
    ['a symmetric algorithm', { alg: 'HS256' }],
    ['its algorithm in lower case', { alg: 'es256' }],
    ['no algorithm', { alg: 'none' }],
    ['no key id', { kid: undefined }],
    ['an empty key id', { kid: '' }],
    ['a long key id', { kid: 'k'.repeat(65) }],
    ['a path as its key id', { kid: '../../dev/null' }],
    ['an object as its key id', { kid: { id: 'a-key' } }],
    ['critical extensions', { crit: ['x'] }],
    ['an empty list of critical extensions', { crit: [] }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
    ['a key of its own', { jwk: {} }],
    ['the URL of a key', { jku: 'https://elsewhere.test' }],
    ['the URL of a certificate', { x5u: 'https://elsewhere.test' }],
    ['a certificate', { x5c: [] }],
    ['compression', { zip: 'DEF' }],
    ['an unknown parameter', { any: 1 }],
  ])('does not allow %s', (_what, parameters) => {
    expect(hasTokenForm(withParameters(parameters))).toBe(false)
  })

  it.each([
    ['with a parameter twice', `{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"a-key"}`],
    ['with __proto__', `{"alg":"ES256","typ":"at+jwt","kid":"a-key","__proto__":{}}`],
    ['with space', JSON.stringify(header, null, 1)],
    ['with escaped characters', JSON.stringify(header).replace('at+jwt', String.raw`at\u002bjwt`)],
    ['that is a list', '["ES256"]'],
    ['that is null', 'null'],
    ['that is no JSON', 'ES256'],
    ['that is empty', ''],
  ])('does not allow a header %s', (_what, text) => {
    expect(hasTokenForm(withHeader(text))).toBe(false)
  })

  it.each([
    ['two parts', right.split('.').slice(0, 2).join('.')],
    ['four parts', `${right}.${signature}`],
    ['five parts, as an encrypted token has', `${right}.${signature}.${signature}`],
    ['an empty payload', right.replace(/\.[^.]+\./, '..')],
    ['no signature', right.replace(/\.[^.]+$/, '.')],
    ['a signature with another value in its unused bits', right.replace(/.$/, 'x')],
    ['a payload with another value in its unused bits', right.replace(/\.[^.]+\./, '.e31.')],
    ['a shorter signature', right.replace(/\.[^.]+$/, `.${Buffer.alloc(63, 7).toString('base64url')}`)],
    ['a longer signature', right.replace(/\.[^.]+$/, `.${Buffer.alloc(65, 7).toString('base64url')}`)],
    ['padding', `${right}==`],
    ['space', `${right} `],
    ['a line break', `${right}\n`],
    ['the alphabet of plain base64', right.replace(/\.[^.]+$/, `.${Buffer.alloc(64, 255).toString('base64')}`)],
    ['a character outside the alphabet', right.replace(/^./, '~')],
  ])('does not allow %s', (_what, token) => {
    expect(hasTokenForm(token)).toBe(false)
  })
})

describe('The times of a token', () => {
  const now = 1_800_000_000
  const valid = (claims: object) => areTimesValid(claims, 900, now)

  it.each([
    ['a token that was just issued', { iat: now, exp: now + 900 }],
    ['a shorter lifetime', { iat: now, exp: now + 1 }],
    ['an issuer whose clock is 30 s ahead', { iat: now + 30, exp: now + 930 }],
    ['a start in the past', { iat: now, nbf: now - 1, exp: now + 900 }],
    ['a start 30 s ahead', { iat: now, nbf: now + 30, exp: now + 900 }],
  ])('can be those of %s', (_what, claims) => {
    expect(valid(claims)).toBe(true)
  })

  it.each([
    ['no time of issue', { exp: now + 900 }],
    ['a time of issue that is no whole number', { iat: now + 0.5, exp: now + 900 }],
    ['a time of issue that is a text', { iat: `${now}`, exp: now + 900 }],
    ['a time of issue in 31 s', { iat: now + 31, exp: now + 900 }],
    ['no expiry', { iat: now }],
    ['an expiry that is a text', { iat: now, exp: `${now + 900}` }],
    ['a longer lifetime than auth-service issues', { iat: now, exp: now + 901 }],
    ['an expiry before the time of issue', { iat: now + 20, exp: now + 10 }],
    ['a start in 31 s', { iat: now, nbf: now + 31, exp: now + 900 }],
    ['a start that is a text', { iat: now, nbf: `${now}`, exp: now + 900 }],
    ['a start that is null', { iat: now, nbf: null, exp: now + 900 }],
  ])('cannot be %s', (_what, claims) => {
    expect(valid(claims)).toBe(false)
  })
})
