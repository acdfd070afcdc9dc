import { createWriteStream, type WriteStream } from 'node:fs'

/** The destination of lines: the terminal, with labels, or a file. */
export interface LineOutput {
  /** A line of this script. */
  say(line: string): void
  /** A line that a process wrote: JSON of its log, or any text. */
  relay(label: string, line: string): void
}

/** Levels that are shown, with their colour: yellow or red. */
const loudLevels: Record<string, number> = { warn: 33, error: 31, fatal: 31 }
const labelColours = [36, 35, 32, 33, 34, 96, 95, 92]

/** Writes lines with time, label, event and fields to standard output. They are coloured only on a terminal. */
export function writeToTerminal(labels: string[]): LineOutput {
  const coloured = process.stdout.isTTY && !process.env['NO_COLOR']
  const paint = (code: number, text: string) => (coloured ? `\u001B[${code}m${text}\u001B[0m` : text)
  const width = Math.max(...labels.map((label) => label.length))
  return {
    say: (line) => console.log(paint(1, line)),
    relay: (label, line) => {
      const { time, level, text } = readLine(line)
      const colour = labelColours[labels.indexOf(label) % labelColours.length] ?? 37
      const loud = loudLevels[level]
      const severity = loud === undefined ? '' : `${paint(loud, level.toUpperCase())} `
      console.log(`${paint(2, time)} ${paint(colour, label.padEnd(width))} ${severity}${text}`)
    },
  }
}

/** Writes the output of processes unchanged to a file, and the lines of this script to standard output. */
export function writeToFile(path: string): LineOutput & { close(): void } {
  const file: WriteStream = createWriteStream(path)
  return {
    say: (line) => console.log(line),
    relay: (label, line) => file.write(`${label} ${line}\n`),
    close: () => file.end(),
  }
}

/** Fields that are already in the line, or that people do not need at a terminal. */
const hiddenFields = new Set(['time', 'level', 'event', 'message', 'service', 'traceId', 'callerId'])

/** The fields of a log entry that become a sentence at the start of the line. */
const requestFields = new Set(['method', 'path', 'status', 'ms'])

function readLine(line: string): { time: string; level: string; text: string } {
  const entry = parseEntry(line)
  if (!entry) return { time: formatTime(new Date()), level: 'info', text: line }
  const { time, level } = entry
  return {
    time: formatTime(typeof time === 'string' ? new Date(time) : new Date()),
    level: typeof level === 'string' ? level : 'info',
    text: describeEntry(entry),
  }
}

/**
 * A request starts with its method, path and status: `GET /api/v1/media 200 12.3 ms`. A line with a message, such as
 * `waiting for main-service`, has only the message. Other lines have the event and its fields. Only a warning or an error
 * has the id of its request, at its end, because a problem contains this id too.
 */
function describeEntry(entry: Record<string, unknown>): string {
  const { event, message, level, requestId } = entry
  if (typeof message === 'string' && message !== '') return message
  const isRequest = event === 'request.done' || event === 'request.aborted'
  const isShown = (key: string) =>
    !hiddenFields.has(key) && key !== 'requestId' && !(isRequest && requestFields.has(key))
  const fields = Object.entries(entry).filter(([key]) => isShown(key))
  const isLoud = typeof level === 'string' && level in loudLevels
  return [
    isRequest ? describeRequest(entry) : String(event ?? ''),
    ...fields.map(([key, value]) => `${key}=${formatValue(value)}`),
    ...(isLoud && requestId !== undefined ? [`requestId=${formatValue(requestId)}`] : []),
  ].join(' ')
}

function describeRequest({ event, method, path, status, ms }: Record<string, unknown>): string {
  const end = event === 'request.aborted' ? 'aborted by the client after ' : ''
  return `${method} ${path} ${status} ${end}${ms} ms`
}

function formatTime(at: Date): string {
  return at.toTimeString().slice(0, 8)
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return value
  if (isError(value)) return `\n    ${(value.stack ?? value.message).replaceAll('\n', '\n    ')}`
  return JSON.stringify(value)
}

function isError(value: unknown): value is { message: string; stack?: string } {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value
}
