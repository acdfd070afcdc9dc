const LIMIT_MS = 10_000

/**
 * Sends one request with a body to RabbitMQ's management API.
 *
 * @param management.url origin of the API, such as `http://rabbitmq:15672`
 * @param management.user an administrator
 * @param path starts with `/api`
 * @throws Error with the cause when the request fails, or its status is not 2xx
 */
export async function putToManagement(
  management: { url: string; user: string; password: string },
  path: string,
  body: object,
): Promise<void> {
  const { url, user, password } = management
  const response = await fetch(new URL(path, url), {
    method: 'PUT',
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`The management API returned ${response.status} to PUT ${path}: ${text}`)
}
