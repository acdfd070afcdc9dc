/**
 * A process cannot start until a person changes something, such as a variable. The message says what to change, and is
 * printed without a stack.
 */
export class StartError extends Error {
  override name = 'StartError'
}

/** Another process listens on the port. */
export class PortInUseError extends StartError {
  override name = 'PortInUseError'
}
