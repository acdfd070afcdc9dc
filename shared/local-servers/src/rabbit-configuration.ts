import { chownSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { ServerUser } from './server-user.ts'
import { findProgram, programFolders } from './system-packages.ts'

/** The program that starts a node, or undefined if RabbitMQ is not installed. */
export function findRabbitProgram(): string | undefined {
  // Not Debian's /usr/sbin/rabbitmq-server, which always uses its own data folder and account, but the script that it calls.
  const direct = '/usr/lib/rabbitmq/bin/rabbitmq-server'
  return existsSync(direct) ? direct : findProgram('rabbitmq-server')
}

/** Writes a node's configuration files into its folder. */
export function writeRabbitConfiguration(node: {
  folder: string
  port: number
  managementPort: number
  user: ServerUser
  account: string
  password: string
  asInstalled: boolean
}): void {
  const write = (name: string, text: string) => {
    const file = join(node.folder, name)
    writeFileSync(file, text, { mode: 0o600 })
    if (process.getuid?.() === 0) chownSync(file, node.user.uid, node.user.gid)
  }
  write('rabbitmq.conf', configuration(node))
  write('enabled_plugins', '[rabbitmq_management].\n')
  // Empty, because otherwise the node would read the machine's /etc/rabbitmq/rabbitmq-env.conf.
  write('rabbitmq-env.conf', '')
}

function configuration(node: {
  port: number
  managementPort: number
  account: string
  password: string
  asInstalled: boolean
}): string {
  return [
    `listeners.tcp.local = 127.0.0.1:${node.port}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${node.managementPort}`,
    `default_user = ${node.account}`,
    `default_pass = ${node.password}`,
    'default_user_tags.administrator = true',
    'default_permissions.configure = .*',
    'default_permissions.read = .*',
    'default_permissions.write = .*',
    // The defaults (50 MB of free disk space and 40 % of the machine's memory) are for a dedicated server.
    'disk_free_limit.absolute = 50MB',
    'vm_memory_high_watermark.absolute = 1GB',
    'heartbeat = 30',
    // Each node allocates the log of quorum queues in advance: 512 MB by default.
    'raft.wal_max_size_bytes = 33554432',
    `collect_statistics_interval = ${node.asInstalled ? 5_000 : 1_000}`,
    'log.file.level = info',
    '',
  ].join('\n')
}

/**
 * The environment of a private node, which shares nothing with other nodes on the machine.
 *
 * @param node.epmdPort port of its own epmd
 * @param node.distributionPort port for Erlang's own protocol
 */
export function rabbitEnvironment(node: {
  folder: string
  epmdPort: number
  distributionPort: number
  asInstalled: boolean
}): Record<string, string> {
  const { folder, epmdPort, distributionPort, asInstalled } = node
  return {
    PATH: programFolders.join(':'),
    // The Erlang cookie is in the home folder.
    HOME: folder,
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'likeness@localhost',
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_SCHEMA_DIR: join(folder, 'schema'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    // Not bound to cores, because other processes run beside it.
    RABBITMQ_SCHEDULER_BIND_TYPE: 'u',
    // With Debian's default `none`, a thread sleeps after each of 50,000 file look-ups. Measured on two cores, a node is
    // ready after 7.8 s with none, 3.6 s with short and 2.6 s with medium. Each takes 1 % of a core when idle.
    RABBITMQ_SCHEDULER_BUSY_WAIT_THRESHOLD: asInstalled ? 'none' : 'medium',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_SERVER_START_ARGS: '+B i',
    // With this, the start script replaces itself with the Erlang VM, so that signals reach the VM.
    RUNNING_UNDER_SYSTEMD: 'true',
  }
}
