import { ok } from '../src/http/index.ts'
import { route, toolSchema, type ToolRow } from './tools.ts'

declare const row: ToolRow

export const routes = [
  route({
    method: 'get',
    path: '/tools/:id',
    access: 'tools:read',
    summary: 'A tool',
    answers: { 200: toolSchema },
    handle: async (_incoming) => ok(row),
  }),
]
