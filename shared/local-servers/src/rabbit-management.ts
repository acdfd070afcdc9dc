/**
 * Sends one request to RabbitMQ's management API.
 *
 * @param managementUrl includes account and password
 * @param path starts with `/api`
 * @returns the parsed response, or null if it has no body
 * @throws Error with method, path and status if the status is not 2xx
 */
export async function callManagementApi(
  managementUrl: string,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const url = new URL(managementUrl)
  const credentials = Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`)
  const response = await fetch(new URL(path, url.origin), {
    method,
    headers: { authorization: `Basic ${credentials.toString('base64')}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`RabbitMQ returned ${response.status} to ${method} ${path}: ${text}`)
  return text === '' ? null : JSON.parse(text)
}
