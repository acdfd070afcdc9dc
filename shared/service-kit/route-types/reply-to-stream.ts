import { ok } from '../src/http/index.ts'
import { route } from './tools.ts'

export const routes = [
  route({
    method: 'get',
    path: '/tools/:id',
    access: 'tools:read',
    summary: 'A tool',
    answers: { 200: 'image/*' },
    handle: async (_incoming) => ok('bytes'),
  }),
]
