import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startPostgres, startRabbit, type PostgresServer, type RabbitServer } from '@likeness/local-servers'
import { runMigrations, startSystem, type System } from '@likeness/test-kit'

import { canHaveSmallDisk, mountSmallDisk, type SmallDisk } from '../small-disk.ts'

/** The whole product on servers of its own, which can all be killed. */
export interface ChaosSystem {
  system: System
  maindb: PostgresServer
  mediasdb: PostgresServer
  rabbit: RabbitServer
  /** The file system of the file store; undefined on a machine that does not allow a mount. */
  disk: SmallDisk | undefined
  storeFolder: string
  stop(): Promise<void>
}

/** @param options.diskMegabytes the size of the file store; it is in memory */
export async function startChaosSystem({
  workers,
  diskMegabytes,
  built,
}: {
  workers: number
  diskMegabytes: number
  built: boolean | undefined
}): Promise<ChaosSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'likeness-chaos-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0)) await step().catch(() => undefined)
  }
  try {
    // The servers run under other accounts, which must be able to enter the folder.
    await chmod(folder, 0o755)
    const database = (name: string): Promise<PostgresServer> =>
      startPostgres({
        name: `chaos-${name}`,
        database: name,
        port: 'free',
        // Committed data must survive a kill.
        durable: true,
        folder: join(folder, name),
      })
    const [maindb, mediasdb, rabbit] = await Promise.all([
      database('maindb'),
      database('mediasdb'),
      startRabbit({ name: 'chaos-rabbitmq', port: 'free', managementPort: 'free', folder: join(folder, 'rabbitmq') }),
    ])
    for (const server of [maindb, mediasdb, rabbit]) undo.unshift(server.remove)
    await Promise.all([runMigrations('maindb', 'up', maindb.url), runMigrations('mediasdb', 'up', mediasdb.url)])
    await mkdir(join(folder, 'disk'))
    const disk = canHaveSmallDisk ? await mountSmallDisk(join(folder, 'disk'), diskMegabytes) : undefined
    if (disk) undo.unshift(disk.remove)
    const storeFolder = join(disk?.folder ?? folder, 'store')
    const store = { MEDIA_STORE_DIR: join(folder, disk ? 'disk/store' : 'store'), LOG_LEVEL: 'info' }
    const system = await startSystem({
      ...(built === undefined ? {} : { built }),
      workers,
      through: disk?.through,
      environment: { 'medias-service': store, 'media-worker': { ...store, WORKER_SLOTS: '1' } },
      servers: { mainDbUrl: maindb.url, mediasDbUrl: mediasdb.url, amqpUrl: rabbit.url },
    })
    undo.unshift(system.stop)
    return { system, maindb, mediasdb, rabbit, disk, storeFolder, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
