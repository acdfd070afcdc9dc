import type { HeifItems } from './heif-items.ts'
import type { Pixels } from './pixels.ts'

/** Whether the colours of the primary picture are multiplied by its alpha (ISO 23008-12, 6.6.2.1.2). */
export function isPremultiplied({ primary, references }: HeifItems): boolean {
  return references.some(({ type, from }) => type === 'prem' && from === primary)
}

/** Divides colours that were multiplied by alpha, in place. */
export function divideByAlpha({ data, channels }: Pick<Pixels, 'data' | 'channels'>): void {
  const last = channels - 1
  for (let at = 0; at < data.length; at += channels) {
    const alpha = data[at + last] ?? 0
    if (alpha === 0 || alpha === 255) continue
    for (let channel = at; channel < at + last; channel++) {
      data[channel] = Math.min(255, Math.round(((data[channel] ?? 0) * 255) / alpha))
    }
  }
}
