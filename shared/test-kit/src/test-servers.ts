import { startPostgres, startRabbit } from '@likeness/local-servers'

import { createTemplate, type DatabaseName } from './databases.ts'
import { installChromium } from './find-chromium.ts'
import { publishTestServers, type TestServers } from './test-run.ts'

/** The servers that a run needs, and the databases for which it needs templates. */
interface Needs extends Record<DatabaseName, boolean> {
  postgres: boolean
  broker: boolean
  browser: boolean
}

/**
 * Starts the servers that the tests of a run need: one PostgreSQL server with a migrated template of each database, and
 * one RabbitMQ node. They are private and temporary, on free ports. Installs the browser that tests of pages need.
 *
 * @returns a function that stops both and deletes their data
 */
export async function startTestServers(needs: Needs): Promise<() => Promise<void>> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const stops: (() => Promise<void>)[] = []
  const servers: TestServers = {}
  const stop = async () => {
    await Promise.all(stops.map((one) => one()))
  }

  async function startDatabases(): Promise<void> {
    const { adminUrl, remove } = await startPostgres({
      name: 'test-postgres',
      database: 'empty',
      port: 'free',
      durable: false,
      say,
    })
    stops.push(remove)
    const templates = (['maindb', 'mediasdb'] as const).filter((database) => needs[database])
    await Promise.all(templates.map((database) => createTemplate(adminUrl, database)))
    servers.postgresUrl = adminUrl
  }

  async function startBroker(): Promise<void> {
    const rabbit = await startRabbit({ name: 'test-rabbitmq', port: 'free', managementPort: 'free', say })
    stops.push(rabbit.remove)
    servers.amqpUrl = rabbit.url
    servers.managementUrl = rabbit.managementUrl
  }

  if (needs.browser) installChromium(say)
  const outcomes = await Promise.allSettled([
    needs.postgres ? startDatabases() : undefined,
    needs.broker ? startBroker() : undefined,
  ])
  for (const outcome of outcomes) {
    if (outcome.status !== 'rejected') continue
    await stop()
    throw outcome.reason
  }
  publishTestServers(servers)
  return stop
}
