/* oxlint-disable no-underscore-dangle -- so the build for WebAssembly names what it exports */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * The parts of libheif's C interface that are used here, as its build for WebAssembly exports them. Numbers are
 * addresses in `HEAPU8` unless named otherwise. The views are replaced when memory grows: never keep one over a call.
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

/** libheif/heif_image.h: colours, how they are laid out, and the channel that holds them all. */
export const RGB = 1
export const INTERLEAVED_RGB = 10
export const INTERLEAVED_RGBA = 11
export const INTERLEAVED = 10

/**
 * Where fields lie in libheif's structs, in bytes from their beginning: libheif/heif_security.h, _decoding.h, _color.h.
 * Another version may lay them out differently: package.json pins libheif-js exactly.
 */
export const securityLimits = { maxImageSizePixels: 8 }
export const decodingOptions = { strictDecoding: 21 }
export const nclx = { primaries: 4, transfer: 8 }

/** libheif/heif_error.h. */
const UNSUPPORTED_FILETYPE = 3
const UNSUPPORTED_FEATURE = 4
const NO_DECODER = 11
const UNSUPPORTED_CODEC = 3_000
const UNSUPPORTED_IMAGE_TYPE = 3_001

/** What libheif says of a picture. */
export class LibheifError extends Error {
  override readonly name = 'LibheifError'
  /** Whether this is a picture of a kind that this build has no decoder for. */
  readonly isUnsupported: boolean

  constructor(message: string, { code, detail }: { code: number; detail: number }) {
    super(message.trim())
    this.isUnsupported =
      code === UNSUPPORTED_FILETYPE ||
      code === NO_DECODER ||
      (code === UNSUPPORTED_FEATURE && (detail === UNSUPPORTED_CODEC || detail === UNSUPPORTED_IMAGE_TYPE))
  }
}

/** libheif with a memory of its own, and its way to return: an error at one address, what is got at another. */
export interface LibheifInstance {
  lib: Libheif
  /** @throws LibheifError */
  call(made: (error: number) => void): void
  /** @throws LibheifError */
  get(made: (error: number, out: number) => void): number
  /** Whether it did not fail. */
  tryCall(made: (error: number) => void): boolean
  /** Null where it failed. */
  tryGet(made: (error: number, out: number) => void): number | null
  /** The address of a text. */
  text(characters: string): number
}

/**
 * Starts libheif. One for each picture (11 ms, the first of a process 60 ms more): nothing that a picture does to it
 * reaches the next, and nothing in it need be freed.
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
 * Gives back the memory of instances that are no longer used (11 ms). V8 does not count it, and would leave it until it
 * needs room for something else: after 20 photos that was a gigabyte.
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

/** The little that is needed of it; Node's types leave it to the browser's. */
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
