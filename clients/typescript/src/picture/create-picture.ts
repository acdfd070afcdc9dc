import { pictureProps, type PictureMedia, type PictureOptions } from './picture-props.ts'

/**
 * A `<picture>` element of the page for a media, for pages without a framework.
 *
 * @example
 *   document.body.append(createPicture(media, { sizes: '300px' }))
 */
export function createPicture(media: PictureMedia, options?: PictureOptions): HTMLPictureElement {
  const { sources, img } = pictureProps(media, options)
  const picture = document.createElement('picture')
  const { style, ...attributes } = img
  for (const source of sources) picture.append(withAttributes(document.createElement('source'), source))
  const image = withAttributes(document.createElement('img'), attributes)
  Object.assign(image.style, style)
  picture.append(image)
  return picture
}

/** HTML does not distinguish upper and lower case, so `srcSet` is the attribute `srcset`. */
function withAttributes<Made extends HTMLElement>(element: Made, attributes: object): Made {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
  return element
}
