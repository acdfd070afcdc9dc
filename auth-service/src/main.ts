import { listen, runService, stopListening } from '@likeness/service-kit/process'

import { createApp } from './app.ts'
import { createContext } from './context.ts'
import { environmentSchema } from './env.ts'

/** So long a start waits for its first word of what is revoked. */
const FIRST_WORD_MS = 2_000

await runService({
  name: 'auth-service',
  environment: environmentSchema,
  async start(environment, logger) {
    const context = await createContext(environment, logger)
    // Until the feed of revocations was read, every token is answered 503. But a main-service that starts with us can
    // answer only once we listen: it needs our keys to know us. So no waiting for a second try.
    await context.revocations.asked(FIRST_WORD_MS)
    const listening = await listen(createApp(context), { host: environment.HOST, port: environment.PORT })
    logger.info({ event: 'http.listening', port: listening.port })
    return [
      { name: 'let go of who waits', limitMs: 1_000, run: async () => context.stopping.abort() },
      ...stopListening(listening, environment),
      { name: 'close', limitMs: 1_000, run: () => context.close() },
    ]
  },
})
