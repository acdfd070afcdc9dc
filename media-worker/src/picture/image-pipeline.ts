import { renderAnimation } from './animation.ts'
import { dominantColorOf, thumbhashOf } from './picture-facts.ts'
import type { PictureRequest, RenderedPicture } from './rendered-picture.ts'
import { assertOutputWithin, planRenditions } from './rendition-plan.ts'
import { readSourceHeader } from './source-header.ts'
import { renderStill } from './still-picture.ts'

/**
 * Renders a picture in every preset and format: upright, in sRGB, with nothing of its metadata, not enlarged unless the
 * preset says so. Pure: a file and presets in, bytes and facts out.
 *
 * @throws PictureError when the picture is at fault; anything else is not the picture's fault
 */
export async function renderPicture(request: PictureRequest): Promise<RenderedPicture> {
  const header = await readSourceHeader(request.path, request.limits)
  const plan = planRenditions(request.presets, header)
  assertOutputWithin(request.limits, plan, header)
  const { small, files } = await (header.animated ? renderAnimation : renderStill)(header, plan, request)
  const { width, height, format, pages, animated, hasAlpha, camera } = header
  const facts = { width, height, format, pages, animated, hasAlpha, ...camera }
  return { facts: { ...facts, thumbhash: thumbhashOf(small), dominantColor: dominantColorOf(small) }, files }
}
