import sharp, { type Metadata, type Sharp } from 'sharp'

import { PictureError } from './picture-error.ts'
import { over } from './pixels.ts'
import { profileOfPng } from './png-colours.ts'
import { decodeSamples } from './sample-reading.ts'
import { isSrgb } from './srgb-profile.ts'

/** A data URI (RFC 2397) in Base64, up to the data. */
const dataUri = /data:[^,"'()<>\s]{0,200};base64,/gi
/** The data ends with the attribute, the string or the `url()` that contains it. */
const endOfData = /["'()<>]/g
/** Line breaks in an attribute can be written as character references. */
const characterReference = /&#(?:x[\da-f]+|\d+);/gi
const percentEncoded = /%([\da-f]{2})/gi

/** The types that librsvg accepts for what it decodes. */
const types = { jpeg: 'image/jpeg', png: 'image/png' } as const

/** Beginnings of the pictures that browsers show in a drawing. HEIC and TIFF are not among them. */
const signature = /^(?:\xFF\xD8\xFF|\x89PNG|GIF8|RIFF[^]{4}WEBP|[^]{4}ftypavi[fs])/
const SIGNATURE_CHARACTERS = 64

/** V8 has a limit for the length of a string, and the converted drawing has to fit into memory anyway. */
const MAX_CHARACTERS = 256 * 1_048_576

/**
 * Converts the pictures in a drawing for librsvg, which decodes only JPEG and PNG, ignores their orientation and colour
 * profile, and has no limit for their pixels. Only data URIs are considered. Nothing is fetched, neither here nor by
 * librsvg, which gets the drawing without an address. A drawing inside a data URI is left to librsvg.
 *
 * @throws PictureError when the pictures together have more pixels than the limit
 */
export async function embedPictures(drawing: string, { maxPixels }: { maxPixels: number }): Promise<string> {
  const parts: string[] = []
  let pixels = 0
  let characters = drawing.length
  let copied = 0
  for (const found of dataUrisIn(drawing)) {
    const start = found.index + found[0].length
    const end = endOfDataAt(drawing, start)
    const picture = await readPicture(drawing.slice(start, end))
    if (!picture) continue
    pixels += picture.metadata.width * picture.metadata.height
    if (pixels > maxPixels) throw tooLarge(`${pixels} pixels`, `${maxPixels}`)
    const converted = await convert(picture, { type: typeIn(found[0]), data: drawing.slice(start, end) })
    if (!converted) continue
    characters += converted.length
    if (characters > MAX_CHARACTERS) throw tooLarge(`${characters} bytes after conversion`, `${MAX_CHARACTERS}`)
    parts.push(drawing.slice(copied, found.index), converted)
    copied = end
  }
  return parts.length === 0 ? drawing : [...parts, drawing.slice(copied)].join('')
}

/** The beginnings of the data URIs. Data can contain the text of a beginning, which is skipped. */
function* dataUrisIn(drawing: string): Generator<RegExpExecArray> {
  const uri = new RegExp(dataUri)
  for (let found = uri.exec(drawing); found; found = uri.exec(drawing)) {
    yield found
    uri.lastIndex = endOfDataAt(drawing, uri.lastIndex)
  }
}

function endOfDataAt(drawing: string, start: number): number {
  endOfData.lastIndex = start
  return endOfData.exec(drawing)?.index ?? drawing.length
}

interface EmbeddedPicture {
  bytes: Buffer
  metadata: Metadata
}

/** Null when it is not a picture that browsers show, or is corrupt: then a browser shows nothing either. */
async function readPicture(written: string): Promise<EmbeddedPicture | null> {
  const beginning = Buffer.from(plain(written.slice(0, SIGNATURE_CHARACTERS)), 'base64').toString('latin1')
  if (!signature.test(beginning)) return null
  const bytes = Buffer.from(plain(written), 'base64')
  try {
    return { bytes, metadata: await sharp(bytes, { failOn: 'none', limitInputPixels: false }).metadata() }
  } catch {
    return null
  }
}

/** Base64 as Node decodes it: it skips white space, and other characters that do not belong to it. */
function plain(written: string): string {
  return written
    .replaceAll(characterReference, '')
    .replaceAll(percentEncoded, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

/** The type that a data URI declares. librsvg believes it, but browsers do not. */
function typeIn(uri: string): string {
  return uri.slice('data:'.length, uri.indexOf(';'))
}

/** A data URI with the upright picture in sRGB; null when librsvg shows the original in the same way. */
async function convert(
  { bytes, metadata }: EmbeddedPicture,
  written: { type: string; data: string },
): Promise<string | null> {
  // A JPEG has no sharp edges to lose, and a photo would be several times as large as a PNG.
  const type = metadata.format === 'jpeg' ? types.jpeg : types.png
  const profile = profileToApply(bytes, metadata)
  if (isPlain(metadata, profile)) return written.type === type ? null : `data:${type};base64,${written.data}`
  try {
    const upright = await uprightInSrgb(bytes, metadata, profile)
    const encoded =
      type === types.jpeg
        ? upright.jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
        : upright.png({ compressionLevel: 1 })
    return `data:${type};base64,${(await encoded.toBuffer()).toString('base64')}`
  } catch {
    return null
  }
}

/** Null is sRGB. */
function profileToApply(bytes: Buffer, { format, icc }: Metadata): Buffer | null {
  const profile = format === 'png' ? profileOfPng(bytes, icc ?? null) : (icc ?? null)
  return profile && isSrgb(profile) ? null : profile
}

function isPlain({ format, orientation = 1, space }: Metadata, profile: Buffer | null): boolean {
  const isDecodedByLibrsvg = format === 'jpeg' || format === 'png'
  return isDecodedByLibrsvg && orientation === 1 && space !== 'cmyk' && profile === null
}

/** sharp knows only ICC profiles. The other colours of a PNG are read in 16 bits, because they can be linear. */
async function uprightInSrgb(
  bytes: Buffer,
  { format, icc, hasAlpha }: Metadata,
  profile: Buffer | null,
): Promise<Sharp> {
  const ignoreIcc = format === 'png' && profile !== icc
  const upright = sharp(bytes, { failOn: 'none', limitInputPixels: false, ignoreIcc }).autoOrient()
  if (!ignoreIcc || !profile) return upright.toColourspace('srgb')
  const reading = { space: 'rgb16', depth: 'ushort', colours: 3, hasAlpha, model: 'device' } as const
  return over(await decodeSamples(upright, reading, { scaled: (image) => image, profile }))
}

function tooLarge(found: string, maximum: string): PictureError {
  return new PictureError('too-many-pixels', `The pictures in the drawing have ${found}. The maximum is ${maximum}.`)
}
