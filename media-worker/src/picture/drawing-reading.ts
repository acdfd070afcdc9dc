import type { SharpOptions } from 'sharp'

/** CSS has 96 pixels per inch (CSS Values 4, 6.2), so that a physical unit in a drawing has its right length. */
const DENSITY = 96

/** libvips enlarges a drawing by its density divided by 72. To get one pixel, a drawing must have this length. */
export const LENGTH_PER_PIXEL = 72 / DENSITY

/** libxml2 rejects an attribute of more than 10,000,000 bytes, such as an embedded picture, unless its limits are off. */
const LARGE_BYTES = 9_000_000

/**
 * The options with which sharp reads a drawing. The limits of libxml2 are switched off only for a large drawing without
 * entities, because they also limit what entities expand to.
 */
export function readingOf(drawing: Buffer): SharpOptions {
  const unlimited = drawing.length > LARGE_BYTES && !drawing.includes('<!ENTITY')
  return { failOn: 'error', limitInputPixels: false, density: DENSITY, unlimited }
}
