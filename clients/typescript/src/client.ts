/** Provides the token of each request. `@likeness/client/auth` has the implementations. */
export interface Auth {
  /**
   * The access token or API key of the next request; undefined sends none.
   *
   * @param rejected the token that the server has just rejected. Another token means: repeat the request with it.
   */
  token(rejected?: string): string | undefined | Promise<string | undefined>
  /** Called once by `createClient`. */
  connect?(client: Client): void
}

/** How to reach an installation, and as whom. */
export interface ClientOptions<A extends Auth = Auth> {
  /**
   * The origin of the API, such as `https://pictures.example.com`, without `/api/v1`. Default: the origin of the page.
   * Outside browsers, it is required.
   */
  baseUrl?: string
  /** The credentials of every request, from `@likeness/client/auth`. Without them, only public data can be read. */
  auth?: A
  /** Sends the requests. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch
  /** How often a request is repeated after 429 or 503; default 3. */
  retries?: number
}

/** The first argument of every operation. It holds no state of its own. */
export interface Client<A extends Auth = Auth> {
  readonly baseUrl: string
  readonly auth: A
  readonly fetch: typeof globalThis.fetch
  readonly retries: number
}

/**
 * Creates a client. Pass it to the operations: `await listMedia(client, { limit: 20 })`.
 *
 * @example
 *   const client = createClient({ baseUrl: 'http://localhost:8080', auth: memory() })
 */
export function createClient<A extends Auth = Auth>(options: ClientOptions<A> = {}): Client<A> {
  const client: Client<A> = {
    baseUrl: (options.baseUrl ?? '').replace(/\/+$/, ''),
    auth: options.auth ?? (anonymous as A),
    // Read at each request, so that a test or a tracer can replace the global function. Browsers require its receiver.
    fetch: options.fetch ?? ((...sent) => globalThis.fetch(...sent)),
    retries: options.retries ?? 3,
  }
  client.auth.connect?.(client)
  return client
}

const anonymous: Auth = { token: () => undefined }
