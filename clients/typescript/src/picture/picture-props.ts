import { thumbhashUrl } from './thumbhash-url.ts'

/** The fields of a media that a picture is made of, so that your own types fit too. */
export interface PictureMedia {
  alt: string
  currentVersion: {
    width: number | null
    height: number | null
    hasAlpha: boolean | null
    thumbhash: string | null
    dominantColor: string | null
    sizes: { preset: string; format: string; width: number; height: number; url: string }[]
  } | null
}

export interface PictureOptions {
  /** The attribute `sizes`: how wide the picture is shown, such as `(min-width: 800px) 400px, 100vw`. Default: `100vw`. */
  sizes?: string | undefined
  /** Default: `lazy`. Use `eager` for the first picture that a visitor sees. */
  loading?: 'lazy' | 'eager' | undefined
  /** Only the size of this preset, such as a cropped `thumb`. Default: all sizes with the proportions of the picture. */
  preset?: string | undefined
  /** What is shown until the picture has loaded. Default: `thumbhash`. Pictures with transparency have no placeholder. */
  placeholder?: 'thumbhash' | 'color' | 'none' | undefined
  /** The origin of the API, if the page has another one. */
  baseUrl?: string | undefined
}

export interface PictureProps {
  /** The attributes of each `<source>`, best format first. */
  sources: { type: string; srcSet: string; sizes: string }[]
  /** The attributes of the `<img>`. `srcSet` is the attribute `srcset`. */
  img: {
    src: string
    srcSet?: string
    sizes?: string
    width?: number
    height?: number
    alt: string
    loading: 'lazy' | 'eager'
    decoding: 'async'
    style: { backgroundColor?: string; backgroundImage?: string; backgroundSize?: string }
  }
}

type Size = NonNullable<PictureMedia['currentVersion']>['sizes'][number]

/** Best first. A browser takes the first `<source>` that it can decode; the last format is for the `<img>`. */
const formats = ['avif', 'webp', 'jpeg', 'png']
/** Browsers without `srcset` load the smallest size with at least this width. */
const FALLBACK_WIDTH = 640
const NOTHING = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='

/**
 * The attributes of a `<picture>` for a media. Without rendered sizes, such as while the media is processed, the `<img>` is
 * transparent and shows the placeholder, if there is one already.
 *
 * @example
 *   const { sources, img } = pictureProps(media, { sizes: '(min-width: 800px) 400px, 100vw' })
 */
export function pictureProps(
  media: PictureMedia,
  { sizes = '100vw', loading = 'lazy', preset, placeholder = 'thumbhash', baseUrl = '' }: PictureOptions = {},
): PictureProps {
  const { currentVersion: version } = media
  const shown = (version?.sizes ?? []).filter((size) =>
    preset === undefined ? version && keepsProportions(size, version) : size.preset === preset,
  )
  const candidates = formats
    .map((format) => ({ format, list: byWidth(shown.filter((size) => size.format === format)) }))
    .filter(({ list }) => list.length > 0)
  const srcSetOf = (list: Size[]) => list.map(({ url, width }) => `${locate(url, baseUrl)} ${width}w`).join(', ')
  const fallback = candidates.at(-1)?.list ?? []
  const first = fallback.find(({ width }) => width >= FALLBACK_WIDTH) ?? fallback.at(-1)
  // The browser reserves space in these proportions before the picture has loaded.
  const { width, height } = (preset === undefined ? version : first) ?? {}

  return {
    sources: candidates
      .slice(0, -1)
      .map(({ format, list }) => ({ type: `image/${format}`, srcSet: srcSetOf(list), sizes })),
    img: {
      src: first ? locate(first.url, baseUrl) : NOTHING,
      ...(first ? { srcSet: srcSetOf(fallback), sizes } : {}),
      ...(width && height ? { width, height } : {}),
      alt: media.alt,
      loading,
      decoding: 'async',
      style: styleOf(version, placeholder),
    },
  }
}

/** A crop has other proportions. Rounding changes the shorter side by up to a pixel. */
function keepsProportions(size: Size, { width, height }: { width: number | null; height: number | null }): boolean {
  if (!width || !height) return true
  return Math.abs((size.width * height) / width - size.height) <= 1
}

/** Presets that are larger than the original have the same width, so each width is listed once. */
const byWidth = (sizes: Size[]) =>
  [...new Map(sizes.map((size) => [size.width, size])).values()].sort((a, b) => a.width - b.width)

const locate = (url: string, baseUrl: string) => (url.startsWith('/') ? baseUrl.replace(/\/+$/, '') + url : url)

function styleOf(
  version: PictureMedia['currentVersion'],
  placeholder: PictureOptions['placeholder'],
): PictureProps['img']['style'] {
  // A placeholder would stay visible through the transparent parts.
  if (!version || version.hasAlpha || placeholder === 'none') return {}
  const { thumbhash, dominantColor } = version
  return {
    ...(dominantColor === null ? {} : { backgroundColor: dominantColor }),
    ...(thumbhash === null || placeholder === 'color'
      ? {}
      : { backgroundImage: `url(${thumbhashUrl(thumbhash)})`, backgroundSize: 'cover' }),
  }
}
