export type PictureCode =
  | 'not-an-image'
  | 'corrupt-image'
  | 'too-many-pixels'
  | 'side-too-long'
  | 'too-many-frames'
  | 'output-too-large'

/** The picture itself is at fault, and always will be. */
export class PictureError extends Error {
  override readonly name = 'PictureError'
  readonly code: PictureCode

  constructor(code: PictureCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}
