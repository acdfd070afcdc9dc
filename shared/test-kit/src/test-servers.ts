import { startPostgres, startRabbit } from '@likeness/local-servers'

import { createTemplate } from './databases.ts'
import { publishTestServers } from './test-run.ts'

/**
 * What a test run starts with: one PostgreSQL server with a migrated template of each database, and one RabbitMQ node,
 * private, temporary, on free ports, known to every suite.
 *
 * @returns what stops both and deletes their data
 */
export async function startTestServers(): Promise<() => Promise<void>> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const postgres = await startPostgres({ name: 'test-postgres', database: 'empty', port: 'free', durable: false, say })
  const stops = [postgres.remove]
  const stop = async () => {
    await Promise.all(stops.map((one) => one()))
  }
  try {
    const starting = startRabbit({ name: 'test-rabbitmq', port: 'free', managementPort: 'free', say }).then(
      (rabbit) => {
        stops.push(rabbit.remove)
        return rabbit
      },
    )
    const [rabbit] = await Promise.all([
      starting,
      createTemplate(postgres.adminUrl, 'maindb'),
      createTemplate(postgres.adminUrl, 'mediasdb'),
    ])
    publishTestServers({
      postgresUrl: postgres.adminUrl,
      amqpUrl: rabbit.url,
      managementUrl: rabbit.managementUrl,
    })
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}
