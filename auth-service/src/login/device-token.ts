import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import { emailKey } from '@likeness/service-kit/identity'

export interface DeviceTokens {
  /** A token for a device that has just shown the right password for this address. */
  make(email: string): string
  /** The device's id, when the token was made for this address. */
  recognise(token: string | undefined, email: string): string | undefined
}

/**
 * Device tokens, after OWASP's "Slow down online guessing attacks with device cookies": wrong guesses from unknown
 * devices are counted per account and lock strangers out, while a device that logged in before has a count of its own.
 */
export function createDeviceTokens(key: string): DeviceTokens {
  const mac = (id: string, email: string) =>
    createHmac('sha256', key)
      .update(`device\0${id}\0${emailKey(email)}`)
      .digest()
  return {
    make(email) {
      const id = randomBytes(16).toString('base64url')
      return `${id}.${mac(id, email).toString('base64url')}`
    },
    recognise(token, email) {
      const [id, given] = token?.split('.') ?? []
      if (!id || !given) return undefined
      const expected = mac(id, email)
      const bytes = Buffer.from(given, 'base64url')
      return bytes.length === expected.length && timingSafeEqual(bytes, expected) ? id : undefined
    },
  }
}
