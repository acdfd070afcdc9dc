import { listen, runService, stopListening } from '@likeness/service-kit/process'

import { createApp } from './app.ts'
import { createContext } from './context.ts'
import { environmentSchema } from './env.ts'

await runService({
  name: 'auth-service',
  environment: environmentSchema,
  async start(environment, logger) {
    const context = await createContext(environment, logger)
    const listening = await listen(createApp(context), {
      host: environment.HOST,
      port: environment.PORT,
      maxConnections: environment.MAX_CONNECTIONS,
      logger,
    })
    logger.info({ event: 'http.listening', port: listening.port })
    return [
      { name: 'answer waiting requests', limitMs: 1_000, run: async () => context.stopping.abort() },
      ...stopListening(listening, environment),
      { name: 'close', limitMs: 1_000, run: () => context.close() },
    ]
  },
})
