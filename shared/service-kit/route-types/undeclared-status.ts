import { reply } from '../src/http/index.ts'
import { route, toolSchema } from './tools.ts'

export const routes = [
  route({
    method: 'get',
    path: '/tools/:id',
    access: 'tools:read',
    summary: 'A tool',
    answers: { 200: toolSchema },
    handle: async (_incoming) => reply(202, { id: '1', kind: 'saw', usedAt: null }),
  }),
]
