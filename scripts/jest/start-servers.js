import { register } from 'tsx/esm/api'

/** jest's global set-up: one PostgreSQL and one RabbitMQ for the whole run, gone with it however it ends. */
export default async function startServers() {
  const unregister = register()
  const { startTestServers } = await import('../../shared/test-kit/src/test-servers.ts')
  await unregister()
  const stop = await startTestServers()
  globalThis.stopTestServers = stop
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.once(signal, () => stop().finally(() => process.exit(code)))
  }
}
