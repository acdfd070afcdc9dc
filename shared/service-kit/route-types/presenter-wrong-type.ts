import type { ToolAnswer, ToolRow } from './tools.ts'

export function presentTool({ id, kind, usedAt }: ToolRow): ToolAnswer {
  return { id, kind, usedAt }
}
