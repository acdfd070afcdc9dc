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
    const listening = await listen(createApp(context), {
      host: environment.HOST,
      port: environment.PORT,
      maxConnections: environment.MAX_CONNECTIONS,
      logger,
    })
    logger.info({ event: 'http.listening', port: listening.port })
    const background = startBackground(context)
    return [
      // Answers the requests that wait for a revocation, so that the shutdown does not wait for them.
      { name: 'answer waiting requests', limitMs: 1_000, run: () => context.feed.stop() },
      ...stopListening(listening, environment),
      // Sending a mail takes at most 10 s. An interrupted mail would be sent a second time later.
      { name: 'finish background tasks', limitMs: 11_000, run: () => background.stop() },
      { name: 'stop following features', limitMs: 2_000, run: () => context.features.stop() },
      { name: 'close the database', limitMs: 5_000, run: () => context.close() },
    ]
  },
})
