export { audiences, callerOf, createTokenVerifier, userClaimsSchema } from './access-token.ts'
export type { Caller, ServiceCaller, TokenVerifier, UserClaims } from './access-token.ts'
export { createBell } from './bell.ts'
export type { Bell } from './bell.ts'
export { openDatabase } from './database.ts'
export { isDatabaseAway } from './database-faults.ts'
export { assertMatch, entityTag } from './entity-tag.ts'
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
export type { HealthCheck } from './health.ts'
export { createIdempotencyStore } from './idempotency.ts'
export { listen, runService, stopInOrder, stopListening } from './lifecycle.ts'
export type { BackgroundTask, Listening, StopPhase } from './lifecycle.ts'
export { createLogger } from './logger.ts'
export type { Logger } from './logger.ts'
export { createMailer } from './mail.ts'
export type { Mailer, MailerOptions } from './mail.ts'
export { mailEnvironment } from './mail-environment.ts'
export type { MailEnvironment } from './mail-environment.ts'
export { MailError } from './mail-error.ts'
export type { Mail } from './mail-message.ts'
export { createMetrics } from './metrics.ts'
export type { Metrics } from './metrics.ts'
export { keyset, page, pageOf, pageQuery } from './pages.ts'
export type { Keyset, ListOrder } from './pages.ts'
export { holds, permissionPattern, reach } from './permissions.ts'
export type { Scope } from './permissions.ts'
export { Problem, problems } from './problem.ts'
export { currentRequest } from './request-context.ts'
export { followRevocations, revocationPageSchema, revocationsFrom } from './revocations.ts'
export type { RevocationFollower, RevocationPage, Revocations } from './revocations.ts'
export { created, noContent, ok, route } from './route.ts'
export type { Access, Incoming, Reply, Route } from './route.ts'
export { createHealthApp, createServiceApp } from './service-app.ts'
export { createServiceClient, problemOf } from './service-client.ts'
export type { ServiceAnswer, ServiceClient } from './service-client.ts'
export { createServiceTokenSource } from './service-token.ts'
export { label, text } from './text.ts'
export { createRemoteKeys } from './verification-keys.ts'
export type { VerificationKeys } from './verification-keys.ts'
export { emailAddress, emailKey } from './email.ts'
