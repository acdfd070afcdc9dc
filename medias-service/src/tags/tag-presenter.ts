import type { TagRow } from './tag-rows.ts'

/** The representation of a tag. */
export const presentTag = ({ id, slug, name, count }: Omit<TagRow, 'createdBy'>) => ({ id, slug, name, count })
