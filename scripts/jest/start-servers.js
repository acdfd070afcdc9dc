import { register } from 'tsx/esm/api'

/** jest's global set-up: one PostgreSQL and one RabbitMQ for the whole run, gone with it however it ends. */
export default async function startServers() {
  const unregister = register()
  // By its file: jest itself is run without the condition `source`, so the package would lead to a build.
  const source = new URL('../../shared/test-kit/src/test-servers.ts', import.meta.url)
  const { startTestServers } = await import(source.href)
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
