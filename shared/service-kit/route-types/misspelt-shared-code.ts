import { noContent } from '../src/http/index.ts'
import { route } from './tools.ts'

export const routes = [
  route({
    method: 'get',
    path: '/tools/:id',
    access: 'tools:read',
    summary: 'A tool',
    answers: { 204: null },
    problems: ['tool-brokn'],
    handle: async () => noContent(),
  }),
]
