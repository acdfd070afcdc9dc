import { renderAnimation } from './animation.ts'
import type { PictureRequest, RenderedPicture } from './rendered-picture.ts'
import { readSourceHeader } from './source-header.ts'
import { renderStill } from './still-picture.ts'

/**
 * Renders a picture in every preset and format: upright, in sRGB, with nothing of its metadata, never enlarged.
 * Pure: a file and presets in, bytes and facts out.
 *
 * @throws PictureError when the picture is at fault; anything else is not the picture's fault
 */
export async function renderPicture(request: PictureRequest): Promise<RenderedPicture> {
  const header = await readSourceHeader(request.path, request.limits)
  return header.animated ? renderAnimation(header, request) : renderStill(header, request)
}
