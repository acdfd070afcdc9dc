import { listen, runService, stopListening } from '@likeness/service-kit/process'

import { createApp } from './app.ts'
import { startBackground } from './background.ts'
import { createContext } from './context.ts'
import { environmentSchema } from './env.ts'

await runService({
  name: 'main-service',
  environment: environmentSchema,
  start: async (environment, logger) => {
    const context = await createContext(environment, logger)
    const listening = await listen(createApp(context), { host: environment.HOST, port: environment.PORT })
    logger.info({ event: 'http.listening', port: listening.port })
    const background = startBackground(context)
    return [
      // Whoever waits for a revocation hears that there is none, or stopping would wait for them.
      { name: 'let go of who waits', limitMs: 1_000, run: () => context.feed.stop() },
      ...stopListening(listening, environment),
      // A mail may take 10 s: cut off, it would be sent twice.
      { name: 'finish what is in hand', limitMs: 11_000, run: () => background.stop() },
      { name: 'stop following features', limitMs: 2_000, run: () => context.features.stop() },
      { name: 'close the database', limitMs: 5_000, run: () => context.close() },
    ]
  },
})
