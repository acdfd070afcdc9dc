import { z } from 'zod'

import { created, internalRoute, noContent, ok, page, pageOf, pageQuery, reply, type Reply } from '../src/http/index.ts'
import { route, toolEndpoint, toolSchema, type ToolAnswer, type ToolRow } from './tools.ts'

declare const rows: ToolRow[]
declare const row: ToolRow

function presentTool({ id, kind, usedAt }: ToolRow): ToolAnswer {
  return { id, kind, usedAt: usedAt?.toISOString() ?? null }
}

async function makeMany(): Promise<Reply<207, { results: string[] }>> {
  return reply(207, { results: ['a'] })
}

async function makeOne(): Promise<Reply<201, ToolAnswer>> {
  return created('/tools/1', presentTool(row))
}

const order = { columns: { id: 'id' }, standard: 'id', tieBreak: 'id' } as const

export const internalRoutes = [
  internalRoute(toolEndpoint, { summary: 'A body', handle: async () => presentTool(row) }),
  internalRoute(toolEndpoint, {
    summary: 'A reply with headers',
    reply: async (_incoming) => ok(presentTool(row), { ETag: '"1"' }),
  }),
]

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
        (shown) => shown.map(presentTool),
        async () => 1,
      ),
  }),
  route({
    method: 'post',
    path: '/tools',
    access: 'tools:create',
    summary: 'One or several',
    body: z.strictObject({ many: z.boolean() }),
    answers: { 201: toolSchema, 207: z.object({ results: z.array(z.string()) }) },
    problems: ['tool-taken', 'tool-broken', 'tool-lost', 'idempotency-key-reused', 'auth-service-unavailable'],
    handle: async ({ body }) => (body.many ? makeMany() : makeOne()),
  }),
  route({
    method: 'put',
    path: '/tools/:id',
    access: 'tools:update',
    summary: 'Accepted',
    answers: { 202: toolSchema },
    handle: async (_incoming) => reply(202, { id: '1', kind: 'saw', usedAt: null }, { Location: '/tools/1' }),
  }),
  route({
    method: 'get',
    path: '/tools/:id',
    access: 'tools:read',
    summary: 'A tool',
    answers: { 200: toolSchema },
    handle: async (_incoming) => ok(presentTool(row)),
  }),
  route({
    method: 'delete',
    path: '/tools/:id',
    access: 'tools:delete',
    summary: 'No body',
    answers: { 204: null },
    handle: async () => noContent(),
  }),
  route({
    method: 'get',
    path: '/tools/:id/file',
    access: 'tools:read',
    summary: 'Bytes, or a part of them',
    answers: { 200: 'application/octet-stream', 206: 'application/octet-stream' },
    handle: async ({ http }) => {
      http.response.end()
      return undefined
    },
  }),
]
