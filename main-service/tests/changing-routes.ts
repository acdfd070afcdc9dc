import type { Express } from 'express'

interface Layer {
  route?: { path: string; methods: Record<string, boolean> }
  handle: { stack?: Layer[] }
  match(path: string): boolean
}

/** All routes of the service with the methods POST, PUT, PATCH and DELETE, as registered in Express. */
export function changingRoutes(app: Express): string[] {
  const routers = (app.router as unknown as { stack: Layer[] }).stack.filter(({ handle }) => handle.stack)
  return routers.flatMap((router) => {
    const base = ['/api/v1', '/internal'].find((path) => router.match(path) && !router.match('/elsewhere'))
    if (base === undefined) return []
    return (router.handle.stack ?? []).flatMap(({ route }) =>
      Object.keys(route?.methods ?? {})
        .filter((method) => ['post', 'put', 'patch', 'delete'].includes(method))
        .map((method) => `${method.toUpperCase()} ${base}${route?.path}`),
    )
  })
}
