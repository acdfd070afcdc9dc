import { listen, runService, stopListening } from '@likeness/service-kit/process'

import { createApp } from './app.ts'
import { startBackground } from './background.ts'
import { createContext } from './context.ts'
import { environmentSchema } from './env.ts'

await runService({
  name: 'medias-service',
  environment: environmentSchema,
  async start(environment, logger) {
    const context = await createContext(environment, logger)
    const background = startBackground(context)
    const listening = await listen(createApp(context), {
      host: environment.HOST,
      port: environment.PORT,
      requestLimitMs: environment.UPLOAD_LIMIT_SECONDS * 1_000,
      maxConnections: environment.MAX_CONNECTIONS,
      logger,
    })
    logger.info({ event: 'http.listening', port: listening.port })
    return [
      { name: 'answer waiting requests', limitMs: 1_000, run: async () => context.stopping.abort() },
      { name: 'end event streams', limitMs: 2_000, run: () => context.events.stop() },
      ...stopListening(listening, environment),
      { name: 'finish background tasks', limitMs: 10_000, run: () => background.stop() },
      { name: 'close connections', limitMs: 5_000, run: () => context.close() },
    ]
  },
})
