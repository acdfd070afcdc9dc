export type { Caller, ServiceCaller } from './caller.ts'
export { clientNetwork } from './client-network.ts'
export { readEnvFile } from './env-files.ts'
export { unwatched, watchDependency } from './dependency-watch.ts'
export type { DependencyWatch } from './dependency-watch.ts'
export {
  authServiceUrl,
  commonEnvironment,
  EnvironmentError,
  httpEnvironment,
  port,
  postgresUrl,
  readEnvironment,
  secret,
} from './environment.ts'
export { FONTS_ADVICE, hasFonts } from './fonts.ts'
export { expectsContinue, requestBody } from './expect-continue.ts'
export { followFeed } from './follow-feed.ts'
export { listen, stopListening } from './http-server.ts'
export type { Listening } from './http-server.ts'
export { runCommand, runService, stopInOrder } from './lifecycle.ts'
export type { BackgroundTask, StopPhase } from './lifecycle.ts'
export { createLogger } from './logger.ts'
export type { Logger } from './logger.ts'
export { createCache } from './cache.ts'
export { createCounter, createMetrics } from './metrics.ts'
export type { Metrics } from './metrics.ts'
export { registerOutboxMetrics } from './outbox-metrics.ts'
export type { OutboxOutcome } from './outbox-metrics.ts'
export { Problem, problemFrom, problems, problemSchema, unavailable } from './problem.ts'
export type { CodesOf, SharedProblemCode } from './problem.ts'
export { currentRequest, followRequest } from './request-context.ts'
export { targetOf } from './request-target.ts'
export { reasonOf } from './reason-of.ts'
export { repeat } from './repeat.ts'
export { PortInUseError, StartError } from './start-error.ts'
export { timeLimit } from './time-limit.ts'
export { elsewhere } from './unknown-names.ts'
export { validate } from './validation.ts'
export type { Fault } from './validation.ts'
export { explainUnreadableFile } from './unreadable-file.ts'
