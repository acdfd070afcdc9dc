import { createRequire } from 'node:module'
import { dirname } from 'node:path'

import express, { Router } from 'express'

import { targetOf } from '../process/request-target.ts'

const require = createRequire(import.meta.url)

/** Swagger UI for `/openapi.json`. Every asset comes from this host, under the path where the router is mounted. */
export function createDocs(title: string): Router {
  const assets = dirname(require.resolve('swagger-ui-dist/package.json'))
  const router = Router({ strict: true })
  router.get('/', (request, response) => {
    // The relative URLs of the page need the trailing slash.
    if (!targetOf(request).path.endsWith('/')) return response.redirect(301, `${request.baseUrl}/`)
    return response.type('html').send(htmlPage(title))
  })
  router.get('/start.js', (_request, response) => void response.type('js').send(startScript))
  router.use(express.static(assets, { index: false, maxAge: '1 day' }))
  return router
}

const htmlPage = (title: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>
    <link rel="stylesheet" href="swagger-ui.css" />
    <link rel="icon" href="favicon-32x32.png" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="swagger-ui-bundle.js"></script>
    <script src="start.js"></script>
  </body>
</html>
`

const startScript = `SwaggerUIBundle({ url: '../openapi.json', dom_id: '#docs', deepLinking: true, persistAuthorization: true })
`
