import { describe, expect, it } from '@jest/globals'

import { paginate } from './paginate.ts'

describe('When a list has several pages', () => {
  const pages: Record<string, { data: number[]; page: { next: string | null } }> = {
    first: { data: [1, 2], page: { next: 'b' } },
    b: { data: [], page: { next: 'c' } },
    c: { data: [3], page: { next: null } },
  }

  it('then every item is returned, and a page is read only when it is needed', async () => {
    const read: string[] = []
    const items: number[] = []
    for await (const item of paginate(async (after = 'first') => {
      read.push(after)
      return pages[after] ?? { data: [], page: { next: null } }
    })) {
      if (item === 2) expect(read).toEqual(['first'])
      items.push(item)
    }
    expect(items).toEqual([1, 2, 3])
    expect(read).toEqual(['first', 'b', 'c'])
  })
})
