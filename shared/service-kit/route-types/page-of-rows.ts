import { page, pageOf, pageQuery } from '../src/http/index.ts'
import { route, toolSchema, type ToolRow } from './tools.ts'

declare const rows: ToolRow[]

const order = { columns: { id: 'id' }, standard: 'id', tieBreak: 'id' } as const

export const routes = [
  route({
    method: 'get',
    path: '/tools',
    access: 'tools:read',
    summary: 'A page',
    query: pageQuery(order),
    answers: { 200: pageOf(toolSchema) },
    handle: async ({ query, http }) =>
      page(
        http,
        query,
        rows,
        (shown) => shown,
        async () => 1,
      ),
  }),
]
