import type { ToolAnswer, ToolRow } from './tools.ts'

export function presentTool({ id, kind }: ToolRow): ToolAnswer {
  return { id, kind, usedAt: null, ownerId: id }
}
