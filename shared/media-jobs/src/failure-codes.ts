/** The codes of failures whose reason is the picture itself. */
export type PictureFailureCode =
  | 'not-an-image'
  | 'corrupt-image'
  | 'unsupported-pixels'
  | 'unsupported-animation'
  | 'colours-lost'
  | 'too-many-pixels'
  | 'side-too-long'
  | 'too-many-frames'
  | 'output-too-large'
  | 'drawing-too-complex'

/**
 * The codes of dead jobs. They are stable, and are stored with the dead job and its failed version.
 * `medias-service/src/problem-guide.ts` explains each of them.
 */
export type FailureCode =
  | PictureFailureCode
  | 'render-timeout'
  | 'render-crashed'
  | 'retries-exhausted'
  | 'delivery-limit'
  | 'invalid-job'
  | 'unknown-contract'
