/** Rows in batches that are read on demand. */
export type Batches = AsyncIterable<object[]>

/**
 * Reads rows in batches. Each batch starts after the last row of the previous batch.
 *
 * @param size rows per batch; a smaller batch is the last one
 */
export async function* inBatches<Row extends object>(
  size: number,
  read: (last: Row | undefined) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  let rows: Row[] = []
  do {
    rows = await read(rows.at(-1))
    if (rows.length > 0) yield rows
  } while (rows.length === size)
}

/** A JSON array in pieces, so that only one batch is in memory. */
export async function* jsonArray(batches: Batches): AsyncGenerator<string> {
  let separator = '['
  for await (const rows of batches) {
    for (const row of rows) {
      yield `${separator}\n${JSON.stringify(row)}`
      separator = ','
    }
  }
  yield separator === '[' ? '[]' : '\n]'
}

/** A JSON object in pieces. Batches become an array. */
export async function* jsonObject(fields: Record<string, object | string | null>): AsyncGenerator<string> {
  let separator = '{'
  for (const [name, value] of Object.entries(fields)) {
    yield `${separator}\n${JSON.stringify(name)}: `
    if (isBatches(value)) yield* jsonArray(value)
    else yield JSON.stringify(value, null, 2)
    separator = ','
  }
  yield '\n}\n'
}

/** One line of JSON per row (JSON Lines). */
export async function* jsonLines(batches: Batches): AsyncGenerator<string> {
  for await (const rows of batches) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

const isBatches = (value: object | string | null): value is Batches =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value
