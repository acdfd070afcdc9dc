import { internalRoute, ok } from '../src/http/index.ts'
import { toolEndpoint, type ToolRow } from './tools.ts'

declare const row: ToolRow

export const routes = [internalRoute(toolEndpoint, { summary: 'A tool', reply: async (_incoming) => ok(row) })]
