import { listen, runService, stopListening } from '@likeness/service-kit/process'

import { createApp } from './app.ts'
import { createContext } from './context.ts'
import { environmentSchema } from './env.ts'

await runService({
  name: 'gateway',
  environment: environmentSchema,
  async start(environment, logger) {
    const context = await createContext(environment, logger)
    const listening = await listen(createApp(context), {
      host: environment.HOST,
      port: environment.PORT,
      maxConnections: environment.MAX_CONNECTIONS,
      requestLimitMs: environment.UPLOAD_LIMIT_SECONDS * 1_000,
      logger,
    })
    logger.info({ event: 'http.listening', port: listening.port })
    return [
      { name: 'end event streams', limitMs: 1_000, run: async () => context.services.endStreams() },
      ...stopListening(listening, environment),
      { name: 'close connections to services', limitMs: 1_000, run: async () => context.services.close() },
    ]
  },
})
