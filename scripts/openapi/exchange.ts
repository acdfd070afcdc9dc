/** A request that a test has sent, and the response that it received. */
export interface Exchange {
  request: {
    path?: Record<string, string>
    query?: Record<string, string>
    headers?: Record<string, string>
    body?: unknown
  }
  response: { status: number; headers?: Record<string, string>; body?: unknown }
}

/** The exchanges of each operation, one for each status. */
export type Exchanges = Record<string, Exchange[]>
