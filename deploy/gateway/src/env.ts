import { fileURLToPath } from 'node:url'

import { authServiceUrl, commonEnvironment, httpEnvironment, port } from '@likeness/service-kit/process'
import { z } from 'zod'

const { NODE_ENV, LOG_LEVEL } = commonEnvironment
const { CORS_ORIGINS, DRAIN_SECONDS, HOST, MAX_CONNECTIONS, TRUSTED_PROXIES } = httpEnvironment

export const environmentSchema = z.object({
  NODE_ENV,
  LOG_LEVEL,
  HOST,
  PORT: port(8080).describe('Port on which the gateway listens, for clients.'),
  AUTH_SERVICE_URL: authServiceUrl,
  MAIN_SERVICE_URL: z
    .url()
    .default('http://127.0.0.1:3000')
    .describe('URL to which the gateway sends the requests for main-service.'),
  MEDIAS_SERVICE_URL: z
    .url()
    .default('http://127.0.0.1:3001')
    .describe('URL to which the gateway sends the requests for medias-service.'),
  ROUTES_FILE: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../../routes.json', import.meta.url)))
    .describe('Path of the table of routes, which contains the service for each path.'),
  SITE_DIR: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../../../.local/site', import.meta.url)))
    .describe(
      'Folder of the static pages: the API reference and the start page. `npm run build-site` writes it. Without the folder, the gateway serves only the API.',
    ),
  UPLOAD_LIMIT_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(3_600)
    .describe(
      'Seconds in which a request must arrive completely; a slower request is aborted. Set at least the value of medias-service.',
    ),
  CORS_ORIGINS,
  MAX_CONNECTIONS,
  DRAIN_SECONDS,
  TRUSTED_PROXIES,
})

export type Environment = z.output<typeof environmentSchema>
