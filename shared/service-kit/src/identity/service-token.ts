import { z } from 'zod'

import { isUnreachable, requestText } from '../client/http-request.ts'
import { unwatched, type DependencyWatch } from '../process/dependency-watch.ts'
import { problems } from '../process/problem.ts'

interface ServiceTokenOptions {
  authServiceUrl: string
  clientId: string
  clientSecret: string
  /** Logs the outages of auth-service; default: nothing is logged. */
  watch?: DependencyWatch
}

const answerSchema = z.object({ access_token: z.string(), expires_in: z.number() })

/**
 * Gets this service's token for `/internal` of the other services. auth-service issues it for client credentials (RFC
 * 6749 §4.4). The token is cached until 30 s before it expires. Concurrent callers share one request.
 *
 * @returns a function that returns the token; given a rejected token, it requests another one
 */
export function createServiceTokenSource(options: ServiceTokenOptions): (rejectedToken?: string) => Promise<string> {
  let current: { token: string; renewAt: number } | undefined
  let pending: Promise<string> | undefined

  async function renew(): Promise<string> {
    const { token, expiresIn } = await requestToken(options)
    current = { token, renewAt: Date.now() + (expiresIn - 30) * 1_000 }
    return token
  }

  return async (rejectedToken) => {
    if (current && current.token !== rejectedToken && Date.now() < current.renewAt) return current.token
    pending ??= renew().finally(() => (pending = undefined))
    return pending
  }
}

async function requestToken({ authServiceUrl, clientId, clientSecret, watch = unwatched }: ServiceTokenOptions) {
  try {
    const answer = await requestText(new URL('/api/v1/oauth/token', authServiceUrl), {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials' }).toString(),
      signal: AbortSignal.timeout(4_000),
    })
    watch.succeeded()
    if (!answer.isOk) throw new Error(`auth-service rejected ${clientId}: ${answer.status} ${answer.text}`)
    const { access_token: token, expires_in: expiresIn } = answerSchema.parse(JSON.parse(answer.text))
    return { token, expiresIn }
  } catch (error) {
    if (isUnreachable(error)) watch.failed(error)
    throw problems.unavailable('auth-service', error)
  }
}
