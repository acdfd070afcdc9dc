import { describe, expect, it } from '@jest/globals'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'

import { Picture } from '../react/picture.ts'
import { pictureProps, type PictureMedia } from './picture-props.ts'

const id = '0198'
const size = (preset: string, format: string, width: number, height: number) => ({
  preset,
  format,
  width,
  height,
  url: `/api/v1/media/${id}/sizes/${preset}.${format}?v=1`,
})

const version = {
  width: 1200,
  height: 901,
  hasAlpha: false,
  thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI',
  dominantColor: '#336699',
  sizes: ['avif', 'jpeg'].flatMap((format) => [
    size('thumb', format, 200, 200),
    size('xlarge', format, 1200, 901),
    size('large', format, 1200, 901),
    size('medium', format, 640, 481),
    size('small', format, 320, 240),
  ]),
}
const media: PictureMedia = { alt: 'A "beach"', currentVersion: version }

describe('When a picture has rendered sizes', () => {
  it('then each format has the sizes with its proportions, each width once, and the last format is the fallback', () => {
    const { sources, img } = pictureProps(media, { sizes: '50vw' })
    const widths = (srcSet = '') => srcSet.split(', ').map((candidate) => candidate.split(' ')[1])
    expect(sources.map(({ type, sizes }) => ({ type, sizes }))).toEqual([{ type: 'image/avif', sizes: '50vw' }])
    expect(widths(sources[0]?.srcSet)).toEqual(['320w', '640w', '1200w'])
    expect(widths(img.srcSet)).toEqual(['320w', '640w', '1200w'])
    expect(img).toMatchObject({ src: size('medium', 'jpeg', 0, 0).url, width: 1200, height: 901, alt: 'A "beach"' })
    expect(img).toMatchObject({ sizes: '50vw', loading: 'lazy', decoding: 'async' })
  })

  it('then one preset can be chosen, such as a crop', () => {
    const { sources, img } = pictureProps(media, { preset: 'thumb', loading: 'eager' })
    expect(sources).toEqual([
      { type: 'image/avif', srcSet: `/api/v1/media/${id}/sizes/thumb.avif?v=1 200w`, sizes: '100vw' },
    ])
    expect(img).toMatchObject({ width: 200, height: 200, loading: 'eager' })
  })

  it('then the URLs can be on another origin', () => {
    expect(pictureProps(media, { baseUrl: 'https://api.example.com/' }).img.src).toMatch(
      /^https:\/\/api\.example\.com\/api\/v1\/media/,
    )
    const absolute = { ...size('small', 'jpeg', 320, 240), url: 'https://cdn.example.com/small.jpeg' }
    const elsewhere = { alt: '', currentVersion: { ...version, sizes: [absolute] } }
    expect(pictureProps(elsewhere, { baseUrl: 'https://api.example.com' }).img.src).toBe(absolute.url)
  })
})

describe('When a picture has not loaded yet', () => {
  it('then it shows its ThumbHash and its colour', () => {
    const { style } = pictureProps(media).img
    expect(style.backgroundColor).toBe('#336699')
    expect(style.backgroundImage).toMatch(/^url\(data:image\/bmp;base64,Qk[\w+/=]+\)$/)
    expect(pictureProps(media, { placeholder: 'color' }).img.style).toEqual({ backgroundColor: '#336699' })
    expect(pictureProps(media, { placeholder: 'none' }).img.style).toEqual({})
  })

  it('then a picture with transparency has no placeholder, which would stay visible', () => {
    expect(pictureProps({ alt: '', currentVersion: { ...version, hasAlpha: true } }).img.style).toEqual({})
  })
})

describe('When no size is rendered yet', () => {
  it('then the image is transparent and keeps the space of the picture', () => {
    const { sources, img } = pictureProps({
      alt: '',
      currentVersion: { ...version, thumbhash: null, dominantColor: null, sizes: [] },
    })
    expect(sources).toEqual([])
    expect(img.src).toMatch(/^data:image\/gif/)
    expect(img).toMatchObject({ width: 1200, height: 901, style: {} })
    expect(pictureProps({ alt: '', currentVersion: null }).img).not.toHaveProperty('width')
  })
})

describe('When a picture is rendered with React', () => {
  it('then it has the sources, and own attributes are those of the image', () => {
    const html = renderToStaticMarkup(
      createElement(Picture, {
        media,
        sizes: '300px',
        className: 'photo',
        style: { borderRadius: 4 },
        placeholder: 'color',
      }),
    )
    expect(html).toMatch(/^<picture><source type="image\/avif" srcSet="[^"]+ 1200w" sizes="300px"\/><img /)
    expect(html).toContain('class="photo"')
    expect(html).toContain('alt="A &quot;beach&quot;"')
    expect(html).toContain('style="background-color:#336699;border-radius:4px"')
  })
})
