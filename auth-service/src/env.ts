import { fileURLToPath } from 'node:url'

import { longestLifetimes } from '@likeness/internal-api'
import { commonEnvironment, httpEnvironment, port, secret } from '@likeness/service-kit/process'
import { z } from 'zod'

export const environmentSchema = z
  .object({
    ...commonEnvironment,
    ...httpEnvironment,
    PORT: port(3002).describe('Port on which the service listens, for clients and other services.'),
    MAIN_SERVICE_URL: z
      .url()
      .default('http://127.0.0.1:3000')
      .describe('URL at which this service calls main-service. Without main-service, nobody can log in.'),
    SIGNING_KEY: z
      .string()
      .transform((pem) => pem.replaceAll('\\n', '\n'))
      .optional()
      .describe(
        'Private key (P-256, PEM) that signs tokens. You can write `\\n` for line breaks. Required in production. A new ' +
          'key invalidates all access tokens at once; sessions continue.',
      ),
    KEYS_DIR: z
      .string()
      .default(fileURLToPath(new URL('../../.local/keys', import.meta.url)))
      .describe('Folder in which the service creates a signing key if SIGNING_KEY is not set (development only).'),
    REFRESH_KEY: secret('refresh-development-secret').describe(
      'Secret from which refresh and device tokens are derived. Must be the same in every replica; otherwise a repeated ' +
        'refresh can end a session. A new secret invalidates all device tokens; sessions continue.',
    ),
    MAIN_SERVICE_CLIENT_SECRET: secret('main-service-development-secret').describe(
      'Secret that main-service sends to get service tokens. Must be the same in main-service; otherwise ' +
        'its calls to other services fail.',
    ),
    MEDIAS_SERVICE_CLIENT_SECRET: secret('medias-service-development-secret').describe(
      'Secret that medias-service sends to get service tokens. Must be the same in medias-service; ' +
        'otherwise its calls to other services fail.',
    ),
    HASHES_AT_ONCE: z.coerce
      .number()
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Password hashes that a process computes at the same time, each with one core and 19 MiB. Default: one fewer than the CPU cores, 1 to 3, so that a core and a thread of Node stay free for other requests. For a higher value, set UV_THREADPOOL_SIZE to at least one more. Logins that would wait too long are rejected with 503.',
      ),
    ACCESS_TOKEN_SECONDS: z.coerce
      .number()
      .int()
      .min(30)
      .max(longestLifetimes.api)
      .default(900)
      .describe(
        'Lifetime of an access token in seconds, 30 to 3600. A shorter lifetime makes clients refresh more often.',
      ),
  })
  .refine(({ NODE_ENV, SIGNING_KEY }) => NODE_ENV !== 'production' || SIGNING_KEY, {
    path: ['SIGNING_KEY'],
    // Runs even if other variables are invalid, so that the service reports all errors together.
    when: () => true,
    message: 'is required in production. Create a key with `openssl ecparam -name prime256v1 -genkey -noout`',
  })

export type Environment = z.output<typeof environmentSchema>
