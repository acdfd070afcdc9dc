import type { IncomingMessage } from 'node:http'

import { problems, type Problem } from './problem.ts'
import { parseTarget } from './request-target.ts'

const faults = new WeakMap<IncomingMessage, Problem>()

/** The problem with which the application must reject a request, because the server found a fault before routing. */
export const faultOf = (request: IncomingMessage): Problem | undefined => faults.get(request)

/** Stores a fault. The target is replaced by `/`, because the target of a faulty request must not be parsed. */
export function setFault(request: IncomingMessage, problem: Problem): void {
  faults.set(request, problem)
  request.url = '/'
}

/**
 * Checks the request line and the header `Host`, and gives the request a target in origin-form (RFC 9112 §3.2.1). It must
 * run before everything that reads the target, because Express, its middleware and `new URL` read odd targets differently.
 */
export function checkRequest(request: IncomingMessage): void {
  if (faults.has(request)) return
  if (mayLackHeaders(request) || !hasOneHost(request)) return setFault(request, problems.malformedRequest())
  try {
    const { path, query, authority } = parseTarget(request.url ?? '', request.method ?? '')
    if (authority === undefined) return
    request.url = query === '' ? path : `${path}?${query}`
    // RFC 9112 §3.2.2: the host of the target replaces the header.
    request.headers.host = authority
  } catch (error) {
    setFault(request, error as Problem)
  }
}

/** Node ignores further headers, also a `Content-Length`, so another server would see another end of the request. */
const MAX_HEADERS = 1_000

/** Whether Node may have ignored a header. */
const mayLackHeaders = ({ rawHeaders }: IncomingMessage): boolean => rawHeaders.length >= MAX_HEADERS * 2

/** RFC 9112 §3.2. HTTP/1.0 does not require the header. */
function hasOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0')
}
