import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { repository } from './read-variables.ts'

export const composeFiles = { development: 'docker-compose.yml', production: 'docker-compose.prod.yml' } as const

export type ComposeFile = keyof typeof composeFiles

/** The variables that a compose file reads from the shell or from `.env`, with their defaults. */
export async function readComposeVariables(which: ComposeFile): Promise<Map<string, string>> {
  const text = await readFile(join(repository, composeFiles[which]), 'utf8')
  return new Map(
    [...text.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name = '', standard = '']) => [name, standard]),
  )
}

interface OtherVariable {
  meaning: string
  /** For a variable that a compose file reads without a default, although it needs a value. */
  required?: true
}

/** The variables that no deployable reads, but only a compose file. A variable that is not here is an error. */
export const composeVariables: Record<string, OtherVariable> = {
  LIKENESS_IMAGES: { meaning: 'Prefix of the names of the images. The prefix can contain a registry.' },
  LIKENESS_VERSION: { meaning: 'Tag of the images.' },
  GATEWAY_PORT: { meaning: 'Port of this machine on which the gateway is published.' },
  MAIN_SERVICE_PORT: { meaning: 'Port of this machine on which main-service is published.' },
  MEDIAS_SERVICE_PORT: { meaning: 'Port of this machine on which medias-service is published.' },
  AUTH_SERVICE_PORT: { meaning: 'Port of this machine on which auth-service is published.' },
  MAINDB_PORT: {
    meaning:
      'Port of this machine on which maindb is published. The migrations and services that run outside of containers use the same port.',
  },
  MEDIASDB_PORT: {
    meaning:
      'Port of this machine on which mediasdb is published. The migrations, services and workers that run outside of containers use the same port.',
  },
  RABBITMQ_PORT: {
    meaning:
      'Port of this machine on which RabbitMQ is published. Services and workers that run outside of containers use the same port.',
  },
  RABBITMQ_MANAGEMENT_PORT: { meaning: "Port of this machine on which RabbitMQ's management page is published." },
  PUBLISH_ADDRESS: {
    meaning:
      'Address of this machine on which the services are published. `0.0.0.0` publishes them on all addresses, without TLS: use a reverse proxy instead.',
  },
  MAINDB_PASSWORD: {
    meaning:
      'Password of the owner of maindb. The migrations log in with it. At least 12 characters of `A-Z a-z 0-9 . _ ~ -`, because the password becomes part of a URL. The password is set when the volume is created; docs/operations.md describes how to change it later.',
    required: true,
  },
  MEDIASDB_PASSWORD: {
    meaning: 'Password of the owner of mediasdb. The migrations log in with it. The same rules as for MAINDB_PASSWORD.',
    required: true,
  },
  RABBITMQ_PASSWORD: {
    meaning:
      'Password of the RabbitMQ user `likeness`, an administrator. `broker-setup` logs in with it. The same rules as for MAINDB_PASSWORD.',
    required: true,
  },
  WORKER_REPLICAS: { meaning: 'Number of workers.' },
  WORKER_CPUS: {
    meaning: 'CPU cores of each worker. If WORKER_SLOTS is not set, the number of slots depends on this value.',
  },
  WORKER_MEMORY: {
    meaning:
      'Memory of each worker. If WORKER_SLOTS and RENDER_MEMORY_MB are not set, their values depend on this value.',
  },
}

/** The variables of the setup of the broker. */
export const brokerSetupVariables: Record<string, { standard: string; meaning: string }> = {
  AMQP_URL: {
    standard: 'amqp://127.0.0.1:5672',
    meaning: 'URL of RabbitMQ, with a user that is allowed to declare; to create users, an administrator.',
  },
  RABBITMQ_MANAGEMENT_URL: {
    standard: '',
    meaning:
      "URL of RabbitMQ's management API, such as `http://rabbitmq:15672`. The command logs in with the user of `AMQP_URL`. If the variable is empty, the command declares the queues and creates no users.",
  },
  RABBITMQ_SERVICE_PASSWORD: {
    standard: '',
    meaning:
      'Password of the RabbitMQ user `medias-service`, with which medias-service logs in. Each run sets it. If the variable is empty, the user does not change. In production, the same rules as for MAINDB_PASSWORD.',
  },
  RABBITMQ_WORKER_PASSWORD: {
    standard: '',
    meaning:
      'Password of the RabbitMQ user `media-worker`, with which the workers log in. The same rules as for RABBITMQ_SERVICE_PASSWORD.',
  },
}

/** The variables of the migrations and seeders. */
export const migrationVariables: Record<string, { standard: string; meaning: string }> = {
  MAINDB_URL: {
    standard: 'postgres://likeness:likeness@127.0.0.1:5432/maindb',
    meaning: 'URL of maindb, with a role that is allowed to create tables.',
  },
  MEDIASDB_URL: {
    standard: 'postgres://likeness:likeness@127.0.0.1:5433/mediasdb',
    meaning: 'URL of mediasdb, with a role that is allowed to create tables.',
  },
  MAINDB_SERVICE_PASSWORD: {
    standard: '',
    meaning:
      'Password of the database role `main_service`, with which main-service logs in. Each run of the seeders sets this password, and allows the role to log in. If the variable is empty, the role does not change. In production, the same rules as for MAINDB_PASSWORD.',
  },
  MEDIASDB_SERVICE_PASSWORD: {
    standard: '',
    meaning:
      'Password of the database role `medias_service`, with which medias-service logs in. The same rules as for MAINDB_SERVICE_PASSWORD.',
  },
  MEDIASDB_WORKER_PASSWORD: {
    standard: '',
    meaning:
      'Password of the database role `media_worker`, with which the workers log in. The same rules as for MAINDB_SERVICE_PASSWORD.',
  },
  ADMIN_EMAIL: {
    standard: 'admin@example.com',
    meaning:
      'Email address of the first administrator, who is created if no user has the permission `*`. Required in production.',
  },
  ADMIN_PASSWORD: {
    standard: 'admin-password-change-me',
    meaning:
      'Password of the first administrator, 10 to 128 characters. Required in production, where the default is rejected.',
  },
  NODE_ENV: {
    standard: 'development',
    meaning: 'In `production`, the seeders do not create an administrator with the default email address or password.',
  },
}
