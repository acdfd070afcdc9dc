import { renderAnimation } from './animation.ts'
import { assertColoursKept } from './colour-guard.ts'
import { dominantColorOf, thumbhashOf } from './picture-facts.ts'
import type { PictureRequest, RenderedPicture } from './rendered-picture.ts'
import { assertOutputWithin, planRenditions } from './rendition-plan.ts'
import { readSourceHeader } from './source-header.ts'
import { renderStill } from './still-picture.ts'

/**
 * Renders a picture in every preset and format: upright, in sRGB, without metadata, and enlarged only if the preset says
 * so. It only reads the file, and depends on nothing but the request.
 *
 * @throws PictureError when the picture cannot be rendered; any other error has a cause outside of the picture
 */
export async function renderPicture(request: PictureRequest): Promise<RenderedPicture> {
  const header = await readSourceHeader(request.path, request.limits)
  const plan = planRenditions(request.presets, header)
  assertOutputWithin(request.limits, plan, header)
  const { small, files } = await (header.animated ? renderAnimation : renderStill)(header, plan, request)
  await assertColoursKept(header, small, request)
  const { width, height, format, pages, animated, hasAlpha, camera } = header
  const facts = { width, height, format, pages, animated, hasAlpha, ...camera }
  return { facts: { ...facts, thumbhash: thumbhashOf(small), dominantColor: dominantColorOf(small) }, files }
}
