/**
 * The reason of an error in one line: the message of its innermost cause. Sequelize keeps the error of the driver as
 * `original`. If a host has several addresses, Node throws an `AggregateError` without a message; its first error has one.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const inner =
    error.cause ?? (error as { original?: unknown }).original ?? (error as Partial<AggregateError>).errors?.[0]
  if (inner instanceof Error && inner !== error) return reasonOf(inner)
  const [first = ''] = error.message.trim().split('\n')
  return first || error.name
}
