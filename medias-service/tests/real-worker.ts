import { findFreePort } from '@likeness/local-servers'
import { eventually, logInAs, startService, type Json, type ServiceProcess } from '@likeness/test-kit'

import type { Client, MediasUnderTest } from './medias-under-test.ts'

/** Starts a media-worker on the same database, broker and store. */
export async function startWorker(
  { databaseUrl, vhost, storeFolder }: MediasUnderTest,
  environment: Record<string, string> = {},
): Promise<ServiceProcess> {
  const port = await findFreePort()
  return startService({
    folder: 'media-worker',
    environment: {
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      MEDIASDB_URL: logInAs('media_worker', databaseUrl),
      AMQP_URL: logInAs('media-worker', vhost.url),
      AMQP_TOPOLOGY: 'check',
      MEDIA_STORE_DIR: storeFolder,
      WORKER_PORT: String(port),
      WORKER_SLOTS: '1',
      ...environment,
    },
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  })
}

/** Waits until the newest version of a media is ready or failed. @returns the media */
export async function rendered(client: Client, mediaId: string): Promise<Json> {
  return eventually(
    async () => {
      const { body } = await client.get(`/media/${mediaId}/versions`)
      if (!['ready', 'failed'].includes(body.data[0].status)) throw new Error(`The version is ${body.data[0].status}`)
      return (await client.get(`/media/${mediaId}`)).body
    },
    { limitMs: 60_000 },
  )
}
