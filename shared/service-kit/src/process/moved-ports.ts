import type { z } from 'zod'

/** URLs of development servers, and the variable with which docker compose publishes each on another port. */
const portVariables: Record<string, string> = {
  MAINDB_URL: 'MAINDB_PORT',
  MEDIASDB_URL: 'MEDIASDB_PORT',
  AMQP_URL: 'RABBITMQ_PORT',
}

/**
 * Replaces the port in the default URL of a server whose port was moved: with MAINDB_PORT=5442, maindb is on 5442, and
 * 5432 may belong to another database. A URL that differs from the default stays unchanged.
 */
export function withMovedPorts(
  schema: z.ZodObject,
  given: Record<string, string | undefined>,
  source: Record<string, string | undefined>,
): Record<string, string | undefined> {
  const moved = { ...given }
  for (const [name, portVariable] of Object.entries(portVariables)) {
    const port = source[portVariable]
    const standard = (schema.shape[name] as z.ZodType | undefined)?.safeParse(undefined).data
    if (!port || typeof standard !== 'string' || (given[name] ?? standard) !== standard) continue
    // Not `new URL`, which would write the rest of the URL in another form.
    moved[name] = standard.replace(/:\d+(?=\/|$)/, `:${port}`)
  }
  return moved
}
