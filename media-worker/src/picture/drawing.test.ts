import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets, type Preset } from '@likeness/media-jobs'
import sharp from 'sharp'

import {
  coloursAt,
  farthest,
  fileOf,
  limits,
  openPipeline,
  type PipelineUnderTest,
} from '../../tests/drawn-pictures.ts'
import type { RenderedPicture } from './rendered-picture.ts'

let pipeline: PipelineUnderTest
beforeAll(async () => {
  pipeline = await openPipeline()
})
afterAll(() => pipeline.close())

const presets = defaultPresets
  .filter(({ name }) => name === 'xlarge')
  .map((preset): Preset => ({ ...preset, formats: ['webp'] }))
const render = (svg: string, options = {}): Promise<RenderedPicture> =>
  pipeline.render(Buffer.from(svg), { presets, ...options })

const xmlns = 'xmlns="http://www.w3.org/2000/svg"'
const quarterColours = [
  { r: 220, g: 40, b: 40 },
  { r: 40, g: 200, b: 60 },
  { r: 40, g: 60, b: 220 },
  { r: 240, g: 220, b: 60 },
]
const quarters = `<rect width="50%" height="50%" fill="#dc2828"/><rect x="50%" width="50%" height="50%" fill="#28c83c"/>
  <rect y="50%" width="50%" height="50%" fill="#283cdc"/><rect x="50%" y="50%" width="50%" height="50%" fill="#f0dc3c"/>`

/** The dimensions of the largest size. All four quarters must have their colours, up to the edges. */
async function dimensionsOf(rendered: RenderedPicture): Promise<[number, number]> {
  const { bytes, width, height } = fileOf(rendered, 'xlarge', 'webp')
  const inset = (fraction: number): [number, number][] => [
    [Math.floor(width * fraction), Math.floor(height * fraction)],
    [Math.ceil(width * (1 - fraction)) - 1, Math.floor(height * fraction)],
    [Math.floor(width * fraction), Math.ceil(height * (1 - fraction)) - 1],
    [Math.ceil(width * (1 - fraction)) - 1, Math.ceil(height * (1 - fraction)) - 1],
  ]
  for (const places of [inset(0), inset(0.25), inset(0.47)]) {
    const seen = await coloursAt(bytes, places)
    for (const [index, colour] of quarterColours.entries()) {
      expect(farthest(seen[index], colour)).toBeLessThanOrEqual(8)
      expect(seen[index]?.alpha).toBe(255)
    }
  }
  return [width, height]
}

describe('a drawing has the proportions of its own numbers', () => {
  it.each([
    ['viewBox="0 0 1.4 1"', [14, 10], [1920, 1371]],
    ['viewBox="0 0 1 0.4"', [10, 4], [1920, 768]],
    ['viewBox="0 0 0.0014 0.001"', [14, 10], [1920, 1371]],
    ['viewBox="0 0 240000 160000"', [2400, 1600], [1920, 1280]],
    ['width="3e8" height="1e8"', [3000, 1000], [1920, 640]],
    ['width="100mm" height="50mm"', [378, 189], [1920, 960]],
    ['width="1in" height="48px"', [96, 48], [1920, 960]],
    ['width="100%" height="100%" viewBox="0 0 300 100"', [300, 100], [1920, 640]],
    ['width="30" viewBox="0 0 3 1"', [30, 10], [1920, 640]],
    ['height="10" viewBox="0 0 3 1"', [30, 10], [1920, 640]],
    ['width="200" height="100" viewBox="0 0 9 9" preserveAspectRatio="none"', [200, 100], [1920, 960]],
    ['style="width:24px;height:12px" viewBox="0 0 4 2"', [24, 12], [1920, 960]],
  ])('<svg %s>', async (attributes, pixels, largest) => {
    const rendered = await render(`<svg ${xmlns} ${attributes}>${quarters}</svg>`)
    expect(rendered.facts).toMatchObject({ format: 'svg', animated: false, hasAlpha: true })
    expect([rendered.facts.width, rendered.facts.height]).toEqual(pixels)
    expect(await dimensionsOf(rendered)).toEqual(largest)
  })

  it('and not those that a style sheet gives the rendering', async () => {
    const sheet = '<style>svg { width: 500px !important; height: 500px }</style>'
    expect(await dimensionsOf(await render(`<svg ${xmlns} viewBox="0 0 3 1">${sheet}${quarters}</svg>`))).toEqual([
      1920, 640,
    ])
  })

  it('and keeps its distances when its view box has others', async () => {
    const box = '<rect width="10" height="10" fill="#28c83c"/>'
    const rendered = await render(`<svg ${xmlns} width="200" height="100" viewBox="0 0 10 10">${box}</svg>`)
    const { bytes } = fileOf(rendered, 'xlarge', 'webp')
    const seen = await coloursAt(bytes, [
      [470, 480],
      [490, 480],
      [1430, 480],
      [1450, 480],
    ])
    expect(seen.map(({ alpha }) => alpha)).toEqual([0, 255, 255, 0])
  })

  it('within the limits of the worker', async () => {
    const { facts } = await render(`<svg ${xmlns} viewBox="0 0 3000 1000">${quarters}</svg>`, {
      limits: { ...limits, maxSide: 400, maxPixels: 90_000 },
    })
    expect([facts.width, facts.height]).toEqual([300, 100])
  })

  it('and physical units have 96 pixels per inch', async () => {
    const shape = '<rect width="1in" height="36pt" fill="#28c83c"/>'
    const rendered = await render(`<svg ${xmlns} viewBox="0 0 192 96">${shape}</svg>`)
    const seen = await coloursAt(fileOf(rendered, 'xlarge', 'webp').bytes, [
      [950, 470],
      [970, 470],
      [950, 490],
    ])
    expect(seen.map(({ alpha }) => alpha)).toEqual([255, 0, 0])
  })
})

describe('a drawing without a size is as large as what it draws', () => {
  it.each([
    ['a rectangle', '<rect width="240" height="160" fill="#28c83c"/>', [240, 160]],
    ['far from the origin', '<rect x="-900" y="1e4" width="300" height="100" fill="#28c83c"/>', [300, 100]],
    ['very small', '<rect x="5" y="5" width=".3" height=".1" fill="#28c83c"/>', [3, 1]],
    ['a group', '<g transform="rotate(90)"><rect width="100" height="300" fill="#28c83c"/></g>', [300, 100]],
    [
      'clipped',
      '<clipPath id="c"><rect width="30" height="10"/></clipPath><circle r="90" fill="#28c83c" clip-path="url(#c)"/>',
      [30, 10],
    ],
    ['with percentages', '<rect width="100%" height="100%" fill="#28c83c"/>', [300, 150]],
  ])('%s', async (_what, content, pixels) => {
    const rendered = await render(`<svg ${xmlns}>${content}</svg>`)
    expect([rendered.facts.width, rendered.facts.height]).toEqual(pixels)
    const { width, height, bytes } = fileOf(rendered, 'xlarge', 'webp')
    const seen = await coloursAt(bytes, [
      [0, 0],
      [width >> 1, height >> 1],
      [width - 1, height - 1],
    ])
    for (const colour of seen) expect(farthest(colour, { r: 40, g: 200, b: 60 })).toBeLessThanOrEqual(8)
    expect(Math.min(...seen.map(({ alpha }) => alpha))).toBe(255)
  })

  it('in the direction that it does not give', async () => {
    const content = '<rect width="300" height="100" fill="#28c83c"/>'
    const { facts: wide } = await render(`<svg ${xmlns} width="300">${content}</svg>`)
    expect([wide.width, wide.height]).toEqual([300, 100])
    const { facts: high } = await render(`<svg ${xmlns} height="100">${content}</svg>`)
    expect([high.width, high.height]).toEqual([300, 100])
  })

  it('or 300 × 150 when it draws nothing', async () => {
    const { facts } = await render(`<svg ${xmlns}/>`)
    expect([facts.width, facts.height]).toEqual([300, 150])
  })

  it('and corrupt when it cannot be read', async () => {
    expect(await pipeline.codeOf(Buffer.from(`<svg ${xmlns}><rect width="10" height="10">`))).toBe('corrupt-image')
  })
})

describe('a picture in a drawing', () => {
  const side = 40
  const rectangle = (background: { r: number; g: number; b: number }) =>
    sharp({ create: { width: side, height: side / 2, channels: 3, background } })
      .png()
      .toBuffer()
  const drawn = async () => {
    const inputs = await Promise.all(quarterColours.map(rectangle))
    const parts = inputs.map((input, index) => ({
      input,
      left: (index % 2) * side,
      top: index < 2 ? 0 : side / 2,
    }))
    return sharp({ create: { width: 2 * side, height: side, channels: 3, background: '#000' } })
      .composite(parts)
      .removeAlpha()
      .png()
      .toBuffer()
  }
  const lying = async () =>
    sharp(
      await sharp(await drawn())
        .rotate(270)
        .png()
        .toBuffer(),
    ).withMetadata({ orientation: 6 })
  const document = (uri: string, attribute = 'href') =>
    `<svg ${xmlns} xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 80 40"><image ${attribute}="${uri}" width="80" height="40"/></svg>`
  const uriOf = (bytes: Buffer, type: string) => `data:${type};base64,${bytes.toString('base64')}`

  it.each([
    ['PNG', async () => drawn()],
    [
      'JPEG',
      async () =>
        sharp(await drawn())
          .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
          .toBuffer(),
    ],
    ['JPEG on its side', async () => (await lying()).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()],
    ['PNG on its side', async () => (await lying()).png().toBuffer()],
    [
      'PNG in Display P3',
      async () =>
        sharp(await drawn())
          .withIccProfile('p3')
          .png()
          .toBuffer(),
    ],
    [
      'WebP',
      async () =>
        sharp(await drawn())
          .webp({ lossless: true })
          .toBuffer(),
    ],
    ['WebP on its side', async () => (await lying()).webp({ lossless: true }).toBuffer()],
    [
      'GIF',
      async () =>
        sharp(await drawn())
          .gif()
          .toBuffer(),
    ],
    [
      'AVIF',
      async () =>
        sharp(await drawn())
          .avif({ lossless: true })
          .toBuffer(),
    ],
  ])('is drawn upright and in its colours: %s', async (name, make) => {
    const type = `image/${name.toLowerCase().split(' ')[0]}`
    expect(await dimensionsOf(await render(document(uriOf(await make(), type))))).toEqual([1920, 960])
  })

  it.each([
    ['in xlink:href', (uri: string) => document(uri, 'xlink:href')],
    ['in an entity', (uri: string) => `<!DOCTYPE svg [<!ENTITY p "${uri}">]>${document('&p;')}`],
    ['in lines', (uri: string) => document(uri.replaceAll(/.{40}/g, '$&&#10;\n'))],
    ['with encoded characters', (uri: string) => document(uri.replaceAll('/', '%2F').replace('image%2F', 'image/'))],
    ['without a type', (uri: string) => document(uri.replace('image/webp', ''))],
    ['with a parameter', (uri: string) => document(uri.replace(';', ';charset=utf-8;'))],
    ['without a size', (uri: string) => `<svg ${xmlns}><image href="${uri}"/></svg>`],
    [
      'in a pattern',
      (uri: string) => `<svg ${xmlns} viewBox="0 0 80 40"><pattern id="p" width="1" height="1">
        <image href="${uri}" width="80" height="40"/></pattern><rect width="80" height="40" fill="url(#p)"/></svg>`,
    ],
  ])('is drawn when it is written %s', async (_how, written) => {
    const uri = uriOf(
      await sharp(await drawn())
        .webp({ lossless: true })
        .toBuffer(),
      'image/webp',
    )
    expect(await dimensionsOf(await render(written(uri)))).toEqual([1920, 960])
  })

  it('keeps its transparency', async () => {
    const half = { r: 40, g: 200, b: 60, alpha: 128 / 255 }
    const webp = await sharp({ create: { width: 80, height: 40, channels: 4, background: half } })
      .webp({ lossless: true })
      .toBuffer()
    const [seen] = await coloursAt(fileOf(await render(document(uriOf(webp, 'image/webp'))), 'xlarge', 'webp').bytes, [
      [960, 480],
    ])
    expect(farthest(seen, half)).toBeLessThanOrEqual(8)
    expect(seen?.alpha).toBe(128)
  })

  it('can be larger than the 10 MB that an XML parser accepts', async () => {
    const large = await sharp(await drawn())
      .resize(2_000, 1_000, { kernel: 'nearest' })
      .ensureAlpha()
      .png({ compressionLevel: 0 })
      .toBuffer()
    expect(large.length).toBeGreaterThan(7_500_000)
    expect(await dimensionsOf(await render(document(uriOf(large, 'image/png'))))).toEqual([1920, 960])
  })

  it('leaves the rest of the drawing when it is corrupt', async () => {
    const cut = uriOf(
      (
        await sharp(await drawn())
          .webp()
          .toBuffer()
      ).subarray(0, 40),
      'image/webp',
    )
    const rendered = await render(document(cut).replace('</svg>', `${quarters}</svg>`))
    expect(await dimensionsOf(rendered)).toEqual([1920, 960])
  })

  it('counts towards the limit of pixels, together with the others', async () => {
    const image = `<image href="${uriOf(await drawn(), 'image/png')}"/>`
    const twice = Buffer.from(`<svg ${xmlns} viewBox="0 0 80 40">${image}${image}</svg>`)
    expect(await pipeline.codeOf(twice, { presets, limits: { ...limits, maxPixels: 6_399 } })).toBe('too-many-pixels')
    await expect(pipeline.render(twice, { presets, limits: { ...limits, maxPixels: 6_400 } })).resolves.toBeDefined()
  })

  it('is never read from a file or an address', async () => {
    await writeFile(join(pipeline.folder, 'near.png'), await drawn())
    for (const uri of ['near.png', `file://${pipeline.folder}/near.png`, 'http://127.0.0.1:9/near.png']) {
      const { bytes } = fileOf(await render(document(uri)), 'xlarge', 'webp')
      const { channels } = await sharp(bytes).stats()
      expect(channels[3]?.max).toBe(0)
    }
  })
})

it('letters have 16 pixels unless the drawing gives another size', async () => {
  const inkOf = async (attributes: string): Promise<number> => {
    const { facts } = await render(`<svg ${xmlns} ${attributes}><text y="100">Hxg</text></svg>`)
    return facts.width / facts.height
  }
  expect(await inkOf('')).toBeCloseTo(await inkOf('font-size="16"'), 2)
  const sized = (attributes: string) =>
    render(`<svg ${xmlns} viewBox="0 0 60 20" ${attributes}><text y="16">Hxg</text></svg>`)
  const opaque = async (attributes: string) =>
    (await sharp(fileOf(await sized(attributes), 'xlarge', 'webp').bytes).stats()).channels[3]?.mean ?? 0
  expect(await opaque('')).toBeCloseTo(await opaque('font-size="16px"'), 3)
  expect(await opaque('style="font-size:8px"')).toBeLessThan((await opaque('')) / 2)
})

it('refuses entities that expand without bound', async () => {
  const entities = Array.from({ length: 12 }, (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`)
  const laughs = `<!DOCTYPE svg [<!ENTITY e0 "ha">${entities.join('')}]><svg ${xmlns} viewBox="0 0 9 9"><text>&e12;</text></svg>`
  expect(await pipeline.codeOf(Buffer.from(laughs), { presets })).toBe('corrupt-image')
  const large = laughs.replace('</svg>', `<!--${' '.repeat(10_000_000)}--></svg>`)
  expect(await pipeline.codeOf(Buffer.from(large), { presets })).toBe('corrupt-image')
})
