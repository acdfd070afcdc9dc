import { routesWith, type Route } from '@likeness/service-kit/http'

import type { MainProblemCode } from './problems.ts'

const define = routesWith<MainProblemCode>()

/**
 * A route of main-service: its `problems` are codes of this service's catalogue or of the shared catalogue. In the path of
 * every `/users/:id` route, `me` stands for the id of the caller.
 */
export const route = ((definition) => resolveMe(define(definition as never))) as typeof define

function resolveMe(definition: Route): Route {
  if (!/^\/users\/:id(\/|$)/.test(definition.path)) return definition
  return {
    ...definition,
    handle: (incoming) => {
      const params = incoming.params as { id: string }
      const id = params.id === 'me' ? (incoming.caller?.id ?? params.id) : params.id
      return definition.handle({ ...incoming, params: { ...params, id } as never })
    },
  }
}
