import { ok } from '../src/http/index.ts'
import { route, toolSchema } from './tools.ts'

export const routes = [
  route({
    method: 'get',
    path: '/tools/:id',
    access: 'tools:read',
    summary: 'A tool',
    answers: { 200: toolSchema },
    handle: async (_incoming) => ok({ id: '1', kind: 'saw' }),
  }),
]
