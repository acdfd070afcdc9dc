import { internalRoute, reply } from '../src/http/index.ts'
import { toolEndpoint } from './tools.ts'

export const routes = [
  internalRoute(toolEndpoint, {
    summary: 'A tool',
    reply: async (_incoming) => reply(202, { id: '1', kind: 'saw', usedAt: null }),
  }),
]
