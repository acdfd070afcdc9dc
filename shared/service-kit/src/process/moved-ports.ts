import type { z } from 'zod'

/** The variables with URLs of development servers, and the variables that change the ports in docker compose. */
const portVariables: Record<string, string> = {
  MAINDB_URL: 'MAINDB_PORT',
  MEDIASDB_URL: 'MEDIASDB_PORT',
  AMQP_URL: 'RABBITMQ_PORT',
}

/**
 * Replaces the port in the default URL of a server that docker compose publishes on another port. With MAINDB_PORT=5442,
 * maindb is on port 5442, and port 5432 can belong to another database. A URL that differs from the default is unchanged.
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
    // Not with `new URL`, which would change the format of the rest of the URL.
    moved[name] = standard.replace(/:\d+(?=\/|$)/, `:${port}`)
  }
  return moved
}
