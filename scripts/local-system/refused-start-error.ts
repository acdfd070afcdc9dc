/** The system cannot start, and a person must change something. The message says what. */
export class RefusedStartError extends Error {
  override readonly name = 'RefusedStartError'
}
