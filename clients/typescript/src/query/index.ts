export * from '../generated/queries.ts'
export type { PageOptions, QueryOptions } from './query.ts'
