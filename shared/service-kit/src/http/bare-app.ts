import express, { type Express } from 'express'

import { entityTag } from './entity-tag.ts'

/** An Express application with the settings that every deployable shares, and no routes. */
export function bareApp(): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', (body: Buffer | string) => entityTag(body))
  app.set('query parser', 'simple')
  // /INTERNAL is not /internal, which a proxy may have been told to keep closed by that name.
  app.enable('case sensitive routing')
  return app
}
