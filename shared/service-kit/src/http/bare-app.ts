import express, { type Express } from 'express'

import { entityTag } from './entity-tag.ts'

/** An Express application with the settings that every deployable shares, and no routes. */
export function bareApp(): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', (body: Buffer | string) => entityTag(body))
  app.set('query parser', 'simple')
  // Paths are case-sensitive, so that `/INTERNAL` does not bypass a proxy that blocks `/internal`.
  app.enable('case sensitive routing')
  return app
}
