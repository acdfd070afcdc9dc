import type { PictureFailureCode } from '@likeness/media-jobs'

/** The picture itself is the reason that it cannot be rendered, so a retry cannot succeed. Clients see the message. */
export class PictureError extends Error {
  override readonly name = 'PictureError'
  readonly code: PictureFailureCode

  constructor(code: PictureFailureCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}

export const UNSUPPORTED = 'The file is not a picture of a supported format.'

/** Words of libvips and libheif for a file that ends too early. */
const endsEarly = /premature end|truncat|end of (file|stream|data)|unexpected end|not enough data/i

/**
 * The error of a damaged picture.
 *
 * @param reason our own words, such as "the PNG ends too early"; or the error of a decoder, whose words are not for
 *   clients, and which the worker logs as the cause
 */
export function corruptPicture(reason: unknown): PictureError {
  if (typeof reason === 'string') return new PictureError('corrupt-image', `The picture is damaged: ${reason}.`)
  const fault = endsEarly.test(messageOf(reason)) ? 'the file ends too early' : 'its data cannot be decoded'
  return new PictureError('corrupt-image', `The picture is damaged: ${fault}.`, { cause: reason })
}

/** The error of an animation that exceeds the limit. */
export function tooManyFrames(frames: number, { maxFrames }: { maxFrames: number }): PictureError {
  return new PictureError('too-many-frames', `The animation has ${frames} frames. The maximum is ${maxFrames}.`)
}

/** The error of a picture that the decoder does not support. */
export function unsupportedPicture(cause: unknown): PictureError {
  return new PictureError('not-an-image', UNSUPPORTED, { cause })
}

/**
 * The error of a picture whose samples or layout are not supported. It says which property is the reason.
 *
 * @param property for example "64-bit samples"
 */
export function unsupportedPixels(property: string): PictureError {
  return new PictureError('unsupported-pixels', `The picture has ${property}. The decoder does not support this.`)
}

/** The error of a picture that would come out in one colour although its samples differ. */
export function coloursLost(): PictureError {
  return new PictureError(
    'colours-lost',
    'Every rendition would have one colour only, although the picture has more. Save the picture in sRGB with 8 bits per channel.',
  )
}

/** The message of an error, also of a thrown value that is not an Error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
