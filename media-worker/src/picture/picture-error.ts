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
const DECODER_CHARACTERS = 300

/** The error of a picture that the decoder rejected. The decoder's own text follows our sentence, in parentheses. */
export function corruptPicture(cause: unknown): PictureError {
  return new PictureError('corrupt-image', explained('The picture is damaged or incomplete.', cause), { cause })
}

/** The error of an animation that exceeds the limit. */
export function tooManyFrames(frames: number, { maxFrames }: { maxFrames: number }): PictureError {
  return new PictureError('too-many-frames', `The animation has ${frames} frames. The maximum is ${maxFrames}.`)
}

/** The error of a picture that the decoder does not support, with the decoder's own text in parentheses. */
export function unsupportedPicture(cause: unknown): PictureError {
  return new PictureError('not-an-image', explained(UNSUPPORTED, cause), { cause })
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

function explained(sentence: string, cause: unknown): string {
  const text = messageOf(cause).replaceAll(/\s+/g, ' ').trim().slice(0, DECODER_CHARACTERS)
  return text === '' ? sentence : `${sentence} (${text})`
}
