/* oxlint-disable no-underscore-dangle -- the WebAssembly build exports these names */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

import { profileOf } from './colour-profile.ts'
import type { Dimensions } from './geometry.ts'
import { readHeifItems } from './heif-items.ts'
import { dimensionsPlaced, ignoreTransformations, placementOf, type HeifPlacement } from './heif-placement.ts'
import {
  collectGarbage,
  decodingOptions,
  INTERLEAVED,
  INTERLEAVED_RGB,
  INTERLEAVED_RGBA,
  LibheifError,
  nclx,
  display,
  light,
  RGB,
  securityLimits,
  startLibheif,
  type Libheif,
  type LibheifInstance,
} from './libheif.ts'
import { isNarrowGrey, widenRange } from './narrow-grey.ts'
import { corruptPicture, PictureError, unsupportedPicture } from './picture-error.ts'
import type { Pixels } from './pixels.ts'
import { divideByAlpha } from './premultiplied.ts'

/** The primary picture of a HEIF, as its boxes describe it; upright. */
export interface HeifFile extends Dimensions {
  /** The dimensions to decode; the visible part can be smaller. */
  coded: Dimensions
  /** The transformations that `decode` leaves out; null if it applies all of them. */
  placement: HeifPlacement | null
  /** Number of pictures. */
  pages: number
  hasAlpha: boolean
  /** ICC; null is sRGB. */
  profile: Buffer | null
  exif: Buffer | null
  /**
   * Decodes the picture, rotated, mirrored and cropped as the file says, unless `placement` is set. Works only once: the
   * pixels and the decoder's memory are freed after `use`.
   *
   * @throws PictureError when it is corrupt or its codec is not HEVC
   */
  decode<T>(use: (pixels: Pixels) => Promise<T>): Promise<T>
}

/** More than any camera writes. The decoder's 2 GB of memory suffice for such a file in addition to 100 megapixels. */
const MAX_BYTES = 512 * 1_048_576
/** Factor for libheif's own limit, which also counts the pixels that are cropped. */
const PADDED = 1.25
/** Units of a display's luminance in a cd/m². */
const DISPLAY_PARTS = 10_000

/**
 * Reads the boxes of a HEIF without decoding pixels.
 *
 * @throws PictureError when they are corrupt; the system's error when the file cannot be read
 */
export function openHeif(path: string, { maxPixels }: { maxPixels: number }): HeifFile {
  const heif = startLibheif()
  const { lib } = heif
  const items = readHeifItems(path)
  const placement = items && placementOf(items)
  const narrow = items !== null && isNarrowGrey(items)
  const { address, length } = load(lib, path)
  if (placement) ignoreTransformations(lib.HEAPU8.subarray(address, address + length), placement)
  return withinDecoder(() => {
    const context = lib._heif_context_alloc()
    limitTo(lib, context, Math.ceil(maxPixels * PADDED))
    heif.call((error) => lib._heif_context_read_from_memory_without_copy(error, context, address, length, 0))
    const handle = heif.get((error, out) => lib._heif_context_get_primary_image_handle(error, context, out))
    const decoded = {
      width: lib._heif_image_handle_get_width(handle),
      height: lib._heif_image_handle_get_height(handle),
    }
    return {
      ...(placement ? dimensionsPlaced(placement) : decoded),
      placement,
      coded: {
        width: lib._heif_image_handle_get_ispe_width(handle),
        height: lib._heif_image_handle_get_ispe_height(handle),
      },
      pages: lib._heif_context_get_number_of_top_level_images(context),
      hasAlpha: lib._heif_image_handle_has_alpha_channel(handle) !== 0,
      profile: readProfile(heif, handle),
      exif: readExif(heif, handle),
      decode: decoderOf(heif, handle, narrow),
    }
  })
}

/** Reads the file directly into the decoder's memory. */
function load(lib: Libheif, path: string): { address: number; length: number } {
  const file = openSync(path, 'r')
  try {
    const length = fstatSync(file).size
    const address = length > MAX_BYTES ? 0 : lib._malloc(length)
    if (address === 0) {
      throw new PictureError(
        'corrupt-image',
        `The HEIC file is too large: ${length} bytes. The maximum is ${MAX_BYTES}.`,
      )
    }
    for (let read = 0; read < length;) {
      const step = readSync(file, lib.HEAPU8, address + read, length - read, read)
      if (step === 0) break
      read += step
    }
    return { address, length }
  } finally {
    closeSync(file)
  }
}

/** Turns every error of the decoder into a PictureError. The decoder's memory is not used again. */
function withinDecoder<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof LibheifError && error.isUnsupported) throw unsupportedPicture(error)
    throw corruptPicture(error instanceof Error ? error : new Error('the decoder failed', { cause: error }))
  }
}

/** libheif checks the dimensions in the codec's data, which can differ from those in the boxes, against this limit. */
function limitTo(lib: Libheif, context: number, pixels: number): void {
  const limit = (lib._heif_context_get_security_limits(context) + securityLimits.maxImageSizePixels) >> 2
  lib.HEAPU32.set([pixels % 2 ** 32, Math.floor(pixels / 2 ** 32)], limit)
}

/** A separate closure, so that nothing references the instance after decoding. */
function decoderOf(heif: LibheifInstance, handle: number, narrow: boolean): HeifFile['decode'] {
  let opened: LibheifInstance | null = heif
  return async (use) => {
    if (!opened) throw new Error('The picture was already decoded')
    const pixels = decode(opened, handle, narrow)
    opened = null
    try {
      return await use(pixels)
    } finally {
      collectGarbage()
    }
  }
}

function decode(heif: LibheifInstance, handle: number, narrow: boolean): Pixels {
  return withinDecoder(() => pixelsOf(heif, handle, narrow))
}

function pixelsOf({ lib, get }: LibheifInstance, handle: number, narrow: boolean): Pixels {
  const channels = lib._heif_image_handle_has_alpha_channel(handle) ? 4 : 3
  const options = lib._heif_decoding_options_alloc()
  lib.HEAPU8[options + decodingOptions.strictDecoding] = 1
  const chroma = channels === 4 ? INTERLEAVED_RGBA : INTERLEAVED_RGB
  const image = get((error, out) => lib._heif_decode_image(error, handle, out, RGB, chroma, options))
  const width = lib._heif_image_get_width(image, INTERLEAVED)
  const height = lib._heif_image_get_height(image, INTERLEAVED)
  const strideAt = lib._malloc(4)
  const plane = lib._heif_image_get_plane_readonly(image, INTERLEAVED, strideAt)
  if (plane === 0) throw new Error('The picture has no pixels')
  const stride = lib.HEAPU32[strideAt >> 2] ?? 0
  const row = width * channels
  // Remove the padding in place: a copy of 100 megapixels takes 300 MB.
  for (let y = 1; y < height; y++) {
    lib.HEAPU8.copyWithin(plane + y * row, plane + y * stride, plane + y * stride + row)
  }
  const data = Buffer.from(lib.HEAPU8.buffer, plane, row * height)
  if (narrow) widenRange({ data, channels })
  if (lib._heif_image_handle_is_premultiplied_alpha(handle)) divideByAlpha({ data, channels })
  return { data, width, height, channels }
}

function readProfile(heif: LibheifInstance, handle: number): Buffer | null {
  const { lib, call, tryGet } = heif
  const length = lib._heif_image_handle_get_raw_color_profile_size(handle)
  if (length > 0) {
    const address = lib._malloc(length)
    call((error) => lib._heif_image_handle_get_raw_color_profile(error, handle, address))
    return Buffer.from(lib.HEAPU8.subarray(address, address + length))
  }
  const coded = tryGet((error, out) => lib._heif_image_handle_get_nclx_color_profile(error, handle, out))
  if (coded === null) return null
  const wordAt = (offset: number): number => lib.HEAPU32[(coded + offset) >> 2] ?? 0
  const peak = readPeak(heif, handle)
  return profileOf({
    primaries: wordAt(nclx.primaries),
    transfer: wordAt(nclx.transfer),
    ...(peak > 0 ? { peak } : {}),
  })
}

/** The luminance of the brightest pixel, or else of the display on which the picture was made; 0 if unknown. */
function readPeak({ lib }: LibheifInstance, handle: number): number {
  const address = lib._malloc(Math.max(light.bytes, display.bytes))
  const bytes = (): Buffer => Buffer.from(lib.HEAPU8.buffer, address, display.bytes)
  const isLightKnown = lib._heif_image_handle_get_content_light_level(handle, address) !== 0
  const brightest = isLightKnown ? bytes().readUInt16LE(light.brightest) : 0
  if (brightest > 0 || !lib._heif_image_handle_get_mastering_display_colour_volume(handle, address)) return brightest
  return bytes().readUInt32LE(display.brightest) / DISPLAY_PARTS
}

/** Null when there is no valid Exif block. */
function readExif({ lib, text, tryCall }: LibheifInstance, handle: number): Buffer | null {
  const idAt = lib._malloc(4)
  if (lib._heif_image_handle_get_list_of_metadata_block_IDs(handle, text('Exif'), idAt, 1) < 1) return null
  const id = lib.HEAPU32[idAt >> 2] ?? 0
  const length = lib._heif_image_handle_get_metadata_size(handle, id)
  const address = lib._malloc(length)
  if (length < 4 || !tryCall((error) => lib._heif_image_handle_get_metadata(error, handle, id, address))) return null
  const block = Buffer.from(lib.HEAPU8.subarray(address, address + length))
  // ISO 23008-12, A.2.1: the number of bytes before the TIFF header.
  return block.subarray(4 + block.readUInt32BE(0))
}
