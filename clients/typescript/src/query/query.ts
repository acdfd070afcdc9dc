/** The options of a query, for `useQuery`, `createQuery` or `queryClient.fetchQuery` of TanStack Query 5. */
export interface QueryOptions<Data> {
  queryKey: readonly unknown[]
  queryFn: (context: { signal: AbortSignal }) => Promise<Data>
}

/** The options of a query with pages, for `useInfiniteQuery` and its siblings. */
export interface PageOptions<Data> {
  queryKey: readonly unknown[]
  queryFn: (context: { signal: AbortSignal; pageParam: string | undefined }) => Promise<Data>
  initialPageParam: string | undefined
  getNextPageParam: (last: Data) => string | null
}

interface Signalled {
  signal: AbortSignal
}

/** A query that is named by its operation and the arguments of the operation. */
export const readQuery = <Data>(
  key: readonly unknown[],
  read: (options: Signalled) => PromiseLike<Data>,
): QueryOptions<Data> => ({
  queryKey: ['likeness', ...key],
  queryFn: async ({ signal }) => read({ signal }),
})

/** A query whose pages follow each other by `page.next`. Its key differs from that of a single page. */
export const pagesQuery = <Data extends { page: { next: string | null } }>(
  key: readonly unknown[],
  read: (after: string | undefined, options: Signalled) => PromiseLike<Data>,
): PageOptions<Data> => ({
  queryKey: ['likeness', 'pages', ...key],
  queryFn: async ({ signal, pageParam }) => read(pageParam, { signal }),
  initialPageParam: undefined,
  getNextPageParam: ({ page }) => page.next,
})
