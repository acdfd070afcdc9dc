import { describe, expect, it } from '@jest/globals'
import { InfiniteQueryObserver, QueryClient } from '@tanstack/query-core'

import { createClient } from '../client.ts'
import { getMediaOptions, listMediaPages } from './index.ts'

/** A client whose server has three pages. */
function createFakeClient() {
  const urls: string[] = []
  const client = createClient({
    baseUrl: 'http://api.test',
    fetch: async (url) => {
      urls.push(String(url))
      const page = Number(new URL(String(url)).searchParams.get('after') ?? 1)
      return Response.json({ data: [{ id: `m${page}` }], page: { next: page < 3 ? String(page + 1) : null } })
    },
  })
  return { client, urls }
}

describe('When TanStack Query reads an operation', () => {
  it('then it caches the body under the operation and its arguments', async () => {
    const { client, urls } = createFakeClient()
    const queries = new QueryClient()
    const options = getMediaOptions(client, 'm1')
    await queries.fetchQuery({ ...options, staleTime: 60_000 })
    await queries.fetchQuery({ ...options, staleTime: 60_000 })
    expect(urls).toEqual(['http://api.test/api/v1/media/m1'])
    expect(options.queryKey).toEqual(['likeness', 'getMedia', 'm1'])
    expect(queries.getQueryData(['likeness', 'getMedia', 'm1'])).toMatchObject({ data: [{ id: 'm1' }] })
    queries.clear()
  })

  it('then a list is read page by page', async () => {
    const { client, urls } = createFakeClient()
    const queries = new QueryClient()
    const observer = new InfiniteQueryObserver(queries, listMediaPages(client, { tag: ['sea'] }))
    await observer.fetchNextPage()
    await observer.fetchNextPage()
    const { data, hasNextPage } = await observer.fetchNextPage()
    expect(data?.pages.flatMap((page) => page.data.map(({ id }) => id))).toEqual(['m1', 'm2', 'm3'])
    expect(hasNextPage).toBe(false)
    expect(urls[1]).toBe('http://api.test/api/v1/media?tag=sea&after=2')
    queries.clear()
  })
})
