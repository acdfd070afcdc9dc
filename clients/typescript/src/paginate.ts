/** A page of a list. */
export interface ListPage<Item> {
  data: Item[]
  page: { next: string | null }
}

/**
 * The items of every page of a list, read page by page as you consume them.
 *
 * @example
 *   for await (const media of paginate((after) => listMedia(client, { after, tag: ['sea'] }))) show(media)
 *
 * @param read reads one page. `after` is undefined for the first page.
 */
export async function* paginate<Item>(
  read: (after: string | undefined) => PromiseLike<ListPage<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let after: string | undefined
  do {
    const { data, page } = await read(after)
    yield* data
    after = page.next ?? undefined
  } while (after)
}
