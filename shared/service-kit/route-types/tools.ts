import type { Endpoint, EndpointAnswers } from '@likeness/internal-api'
import { z } from 'zod'

import { routesWith } from '../src/http/index.ts'
import { Problem, problemFrom, type CodesOf } from '../src/process/index.ts'

const toolProblems = {
  toolTaken: () => new Problem(409, 'tool-taken', 'Another tool has this name.'),
  toolBroken: () => problemFrom({ status: 409, code: 'tool-broken', detail: 'The tool is broken.' }),
  toolLost: (name: string) => new Problem(409, 'tool-lost', `The tool ${name} is lost.`),
}

export const route = routesWith<CodesOf<typeof toolProblems>>()

export const toolSchema = z.object({
  id: z.string(),
  kind: z.enum(['saw', 'plane']),
  usedAt: z.iso.datetime().nullable(),
})

export type ToolAnswer = z.output<typeof toolSchema>

export const toolEndpoint = {
  method: 'get',
  path: '/internal/tools',
  answers: { 200: toolSchema },
} as const satisfies Endpoint<undefined, undefined, undefined, EndpointAnswers>

export interface ToolRow {
  id: string
  kind: 'saw' | 'plane'
  usedAt: Date | null
}
