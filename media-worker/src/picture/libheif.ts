/* oxlint-disable no-underscore-dangle -- the WebAssembly build exports these names */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * The part of libheif's C interface that we use, as the WebAssembly build exports it. Numbers are addresses in `HEAPU8`
 * unless named otherwise. The views are replaced when the memory grows: never keep one across a call.
 */
export interface Libheif {
  HEAPU8: Uint8Array
  HEAPU32: Uint32Array
  HEAPF32: Float32Array
  _malloc(bytes: number): number
  _heif_context_alloc(): number
  _heif_context_get_security_limits(context: number): number
  _heif_context_read_from_memory_without_copy(
    error: number,
    context: number,
    bytes: number,
    length: number,
    options: 0,
  ): void
  _heif_context_get_primary_image_handle(error: number, context: number, handle: number): void
  _heif_context_get_number_of_top_level_images(context: number): number
  _heif_image_handle_get_width(handle: number): number
  _heif_image_handle_get_height(handle: number): number
  _heif_image_handle_get_ispe_width(handle: number): number
  _heif_image_handle_get_ispe_height(handle: number): number
  _heif_image_handle_has_alpha_channel(handle: number): number
  _heif_image_handle_is_premultiplied_alpha(handle: number): number
  _heif_image_handle_get_raw_color_profile_size(handle: number): number
  _heif_image_handle_get_raw_color_profile(error: number, handle: number, out: number): void
  _heif_image_handle_get_nclx_color_profile(error: number, handle: number, profile: number): void
  _heif_image_handle_get_content_light_level(handle: number, light: number): number
  _heif_image_handle_get_mastering_display_colour_volume(handle: number, display: number): number
  _heif_image_handle_get_list_of_metadata_block_IDs(handle: number, type: number, ids: number, count: number): number
  _heif_image_handle_get_metadata_size(handle: number, id: number): number
  _heif_image_handle_get_metadata(error: number, handle: number, id: number, out: number): void
  _heif_decoding_options_alloc(): number
  _heif_decode_image(
    error: number,
    handle: number,
    image: number,
    colourspace: number,
    chroma: number,
    options: number,
  ): void
  _heif_image_get_width(image: number, channel: number): number
  _heif_image_get_height(image: number, channel: number): number
  _heif_image_get_plane_readonly(image: number, channel: number, stride: number): number
}

/** libheif/heif_image.h: colour space, layouts, and the channel that holds all interleaved channels. */
export const RGB = 1
export const INTERLEAVED_RGB = 10
export const INTERLEAVED_RGBA = 11
export const INTERLEAVED = 10

/**
 * Byte offsets of fields in libheif's structs: libheif/heif_security.h, _decoding.h, _color.h. They can change with the
 * version, so package.json pins libheif-js exactly.
 */
export const securityLimits = { maxImageSizePixels: 8 }
export const decodingOptions = { strictDecoding: 21 }
export const nclx = { primaries: 4, transfer: 8 }
/** The brightest pixel in cd/m², of two bytes; and the brightest white of the display in 0.0001 cd/m², of four bytes. */
export const light = { brightest: 0, bytes: 4 }
export const display = { brightest: 16, bytes: 24 }

/** libheif/heif_error.h. */
const UNSUPPORTED_FILETYPE = 3
const UNSUPPORTED_FEATURE = 4
const NO_DECODER = 11
const UNSUPPORTED_CODEC = 3_000
const UNSUPPORTED_IMAGE_TYPE = 3_001

/** An error that libheif reported. */
export class LibheifError extends Error {
  override readonly name = 'LibheifError'
  /** Whether this build has no decoder for the picture. */
  readonly isUnsupported: boolean

  constructor(message: string, { code, detail }: { code: number; detail: number }) {
    super(message.trim())
    this.isUnsupported =
      code === UNSUPPORTED_FILETYPE ||
      code === NO_DECODER ||
      (code === UNSUPPORTED_FEATURE && (detail === UNSUPPORTED_CODEC || detail === UNSUPPORTED_IMAGE_TYPE))
  }
}

/** libheif with its own memory. Its functions write the error to one address and the result to another. */
export interface LibheifInstance {
  lib: Libheif
  /** @throws LibheifError */
  call(made: (error: number) => void): void
  /** @throws LibheifError */
  get(made: (error: number, out: number) => void): number
  /** Whether the call succeeded. */
  tryCall(made: (error: number) => void): boolean
  /** Null when the call failed. */
  tryGet(made: (error: number, out: number) => void): number | null
  /** Writes a text to the memory. @returns its address */
  text(characters: string): number
}

/**
 * Starts libheif, once for each picture (11 ms; the first of a process takes 60 ms more). So a picture cannot affect
 * the next one, and nothing needs to be freed.
 */
export function startLibheif(): LibheifInstance {
  if (uncollected) collectGarbage()
  uncollected = true
  const lib = instantiate()
  const errorAt = lib._malloc(12)
  const outAt = lib._malloc(4)
  const wordAt = (address: number): number => lib.HEAPU32[address >> 2] ?? 0
  const tryCall = (made: (error: number) => void): boolean => {
    made(errorAt)
    return wordAt(errorAt) === 0
  }
  const call = (made: (error: number) => void): void => {
    if (tryCall(made)) return
    const message = textAt(lib, wordAt(errorAt + 8))
    throw new LibheifError(message, { code: wordAt(errorAt), detail: wordAt(errorAt + 4) })
  }
  return {
    lib,
    call,
    tryCall,
    get: (made) => {
      call((error) => made(error, outAt))
      return wordAt(outAt)
    },
    tryGet: (made) => (tryCall((error) => made(error, outAt)) ? wordAt(outAt) : null),
    text: (characters) => {
      const bytes = Buffer.from(`${characters}\0`)
      const address = lib._malloc(bytes.length)
      lib.HEAPU8.set(bytes, address)
      return address
    },
  }
}

/**
 * Frees the memory of unused instances (11 ms). V8 does not count it, and would free it only when it needs memory
 * itself: after 20 photos it was a gigabyte.
 */
export function collectGarbage(): void {
  if (!collector) {
    setFlagsFromString('--expose-gc')
    collector = runInNewContext('gc') as () => void
  }
  collector()
  uncollected = false
}
let collector: (() => void) | undefined
let uncollected = false

function textAt(lib: Libheif, address: number): string {
  const end = lib.HEAPU8.indexOf(0, address)
  return Buffer.from(lib.HEAPU8.subarray(address, end)).toString()
}

/** The part of WebAssembly that we use. Node's types do not declare it; the browser's do. */
declare const WebAssembly: {
  Module: new (program: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: object }
}

interface BuildOptions {
  instantiateWasm(imports: object, receive: (instance: object) => void): object
  print(): void
  printErr(): void
}

const require = createRequire(import.meta.url)
let compiled: object | undefined

function instantiate(): Libheif {
  const build = require('libheif-js/libheif-wasm/libheif.js') as (options: BuildOptions) => Libheif
  const program = (compiled ??= new WebAssembly.Module(
    readFileSync(require.resolve('libheif-js/libheif-wasm/libheif.wasm')),
  ))
  return build({
    instantiateWasm: (imports, receive) => {
      const instance = new WebAssembly.Instance(program, imports)
      receive(instance)
      return instance.exports
    },
    print: () => undefined,
    printErr: () => undefined,
  })
}
