import { listen, runService, stopListening } from '@likeness/service-kit'

import { createApp } from './app.ts'
import { createContext } from './context.ts'
import { environmentSchema } from './env.ts'
import { startHousekeeping } from './housekeeping.ts'

await runService({
  name: 'main-service',
  environment: environmentSchema,
  start: async (environment, logger) => {
    const context = createContext(environment, logger)
    const listening = await listen(createApp(context), { host: environment.HOST, port: environment.PORT })
    logger.info({ event: 'http.listening', port: listening.port })
    const stopHousekeeping = startHousekeeping(context.maindb, logger)
    return [
      // Whoever waits for a revocation hears that there is none, or stopping would wait for them.
      { name: 'let go of who waits', limitMs: 1_000, run: () => context.feed.stop() },
      ...stopListening(listening),
      { name: 'finish housekeeping', limitMs: 5_000, run: stopHousekeeping },
      { name: 'close the database', limitMs: 5_000, run: () => context.close() },
    ]
  },
})
