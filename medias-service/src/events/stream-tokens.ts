import type { TokenVerifier } from '@likeness/service-kit/identity'

import type { EventStream } from './event-stream.ts'

/** The tokens of all open streams. A token is checked once for all of its streams. */
export interface StreamTokens {
  add(stream: EventStream): void
  remove(stream: EventStream): void
  /** Starts a check of every token, and passes on the streams whose token is no longer valid. */
  check(onInvalid: (stream: EventStream) => void): void
}

interface SharedToken {
  readonly streams: Set<EventStream>
  isBeingChecked: boolean
}

/** An API key counts as the token for which it was exchanged when the stream was opened. */
export function createStreamTokens(verifier: Pick<TokenVerifier, 'user'>): StreamTokens {
  const tokens = new Map<string, SharedToken>()

  /** Verifies the token with the request of any of its streams. */
  async function check(token: SharedToken, onInvalid: (stream: EventStream) => void): Promise<void> {
    const [stream] = token.streams
    if (!stream || token.isBeingChecked) return
    token.isBeingChecked = true
    const isValid = await isTokenValid(verifier, stream)
    token.isBeingChecked = false
    if (!isValid) token.streams.forEach(onInvalid)
  }

  return {
    add(stream) {
      const { caller } = stream
      if (!caller) return
      const token = tokens.get(caller.token) ?? { streams: new Set(), isBeingChecked: false }
      token.streams.add(stream)
      tokens.set(caller.token, token)
    },
    remove(stream) {
      const token = stream.caller && tokens.get(stream.caller.token)
      token?.streams.delete(stream)
      if (stream.caller && token?.streams.size === 0) tokens.delete(stream.caller.token)
    },
    check(onInvalid) {
      for (const token of tokens.values()) void check(token, onInvalid)
    },
  }
}

function isTokenValid(verifier: Pick<TokenVerifier, 'user'>, { request, response }: EventStream): Promise<boolean> {
  return new Promise((resolve) => {
    void verifier.user(request, response, (refusal?: unknown) => resolve(refusal === undefined))
  })
}
