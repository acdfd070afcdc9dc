import { createElement, type ImgHTMLAttributes, type ReactElement } from 'react'

import { pictureProps, type PictureMedia, type PictureOptions } from '../picture/picture-props.ts'

export interface PictureProps
  extends PictureOptions, Omit<ImgHTMLAttributes<HTMLImageElement>, keyof PictureOptions | 'src' | 'srcSet'> {
  media: PictureMedia
}

/**
 * A `<picture>` for a media. Attributes such as `className`, `alt` and `onLoad` are those of its `<img>`.
 *
 * @example
 *   <Picture media={media} sizes="(min-width: 800px) 400px, 100vw" className="photo" />
 */
export function Picture({
  media,
  sizes,
  loading,
  preset,
  placeholder,
  baseUrl,
  ...attributes
}: PictureProps): ReactElement {
  const { sources, img } = pictureProps(media, { sizes, loading, preset, placeholder, baseUrl })
  return createElement(
    'picture',
    null,
    ...sources.map((source) => createElement('source', { key: source.type, ...source })),
    createElement('img', { ...img, ...attributes, style: { ...img.style, ...attributes.style } }),
  )
}
