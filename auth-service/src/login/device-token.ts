import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

import { emailKey } from '@likeness/internal-api'

export interface DeviceTokens {
  /** A token for a device that has just logged in with this address. */
  make(email: string): string
  /** The device's id; undefined if the token was not made for this address. */
  recognise(token: string | undefined, email: string): string | undefined
}

/**
 * Device tokens, as in OWASP's "Slow down online guessing attacks with device cookies". Attempts from unknown devices are
 * counted per account. A device that logged in before has its own count, so that attackers cannot lock it out.
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
