/**
 * The codes of dead jobs. They are stable, and are stored with the dead job and its failed version.
 * `medias-service/src/problem-guide.ts` explains each of them.
 */
export type FailureCode =
  | 'not-an-image'
  | 'corrupt-image'
  | 'unsupported-pixels'
  | 'unsupported-animation'
  | 'colours-lost'
  | 'too-many-pixels'
  | 'side-too-long'
  | 'too-many-frames'
  | 'output-too-large'
  | 'render-timeout'
  | 'render-crashed'
  | 'retries-exhausted'
  | 'delivery-limit'
  | 'invalid-job'
  | 'unknown-contract'
