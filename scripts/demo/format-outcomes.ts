import type { Outcome } from './process-pictures.ts'

const columns = ['picture', 'preset', 'format', 'dimensions', 'bytes', 'ready after'] as const

/** A table with a line for every size, and for every picture without sizes. */
export function formatOutcomes(outcomes: Outcome[]): string {
  const rows = outcomes.flatMap(rowsOf)
  const widths = columns.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column >= 4 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(columns), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n')
}

function rowsOf(outcome: Outcome): string[][] {
  const seconds = `${(outcome.ms / 1000).toFixed(2)} s`
  if (outcome.failure) {
    const how = outcome.media ? 'failed' : 'rejected'
    return [[outcome.name, how, '', outcome.failure.code, '', seconds]]
  }
  return outcome.sizes.map((size, index) => [
    index === 0 ? outcome.name : '',
    size.preset,
    size.format,
    `${size.width}×${size.height}`,
    size.bytes.toLocaleString('en-GB'),
    index === 0 ? seconds : '',
  ])
}

/** A one-line summary. It uses medians, so that a slow first picture does not hide the others. */
export function summarise(outcomes: Outcome[]): string {
  const ready = outcomes.filter((one) => one.failure === null)
  const times = ready.map((one) => one.ms).toSorted((a, b) => a - b)
  const median = times[Math.floor(times.length / 2)]
  const sizes = ready.reduce((sum, one) => sum + one.sizes.length, 0)
  const failed = outcomes.length - ready.length
  return [
    `${ready.length} of ${outcomes.length} pictures ready in ${sizes} sizes`,
    ...(median === undefined ? [] : [`median ${(median / 1000).toFixed(2)} s from upload to ready`]),
    ...(failed === 0 ? [] : [`${failed} failed, listed above with their codes`]),
  ].join('; ')
}
