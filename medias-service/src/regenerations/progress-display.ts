import { SingleBar } from 'cli-progress'

import type { ProgressDisplay, ShownRegeneration } from './watch-regeneration.ts'

/** Without a terminal, the interval between two lines. */
const LINE_EVERY_MS = 5_000

/** A progress bar on a terminal; otherwise lines, such as for a log file. */
export function openProgressDisplay(output: NodeJS.WriteStream): ProgressDisplay {
  return output.isTTY ? openBar(output) : openLines(output)
}

function openBar(output: NodeJS.WriteStream): ProgressDisplay {
  const bar = new SingleBar({
    stream: output,
    format: '{bar} {percentage} % | {value} of {total} | {about}',
    hideCursor: true,
    linewrap: false,
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    // The command handles Ctrl-C itself, and restores the cursor.
    gracefulExit: false,
  })
  let isOpen = false
  const close = () => {
    if (isOpen) bar.stop()
    isOpen = false
  }
  return {
    show(regeneration) {
      const { total, done, failed } = regeneration
      if (!isOpen) bar.start(total, done + failed, { about: about(regeneration) })
      isOpen = true
      bar.setTotal(total)
      bar.update(done + failed, { about: about(regeneration) })
    },
    print(line) {
      close()
      output.write(`${line}\n`)
    },
    close,
  }
}

function openLines(output: NodeJS.WriteStream): ProgressDisplay {
  let printedAt = Number.NEGATIVE_INFINITY
  return {
    show(regeneration) {
      const now = performance.now()
      if (now - printedAt < LINE_EVERY_MS) return
      printedAt = now
      const { total, done, failed } = regeneration
      output.write(`${done + failed} of ${total} | ${about(regeneration)}\n`)
    },
    print: (line) => void output.write(`${line}\n`),
    close: () => undefined,
  }
}

function about({ failed, rate, secondsLeft }: ShownRegeneration): string {
  const parts = [
    `${failed} failed`,
    rate !== null && `${rate.toFixed(1)} per second`,
    secondsLeft !== null && `${clock(secondsLeft)} left`,
  ]
  return parts.filter(Boolean).join(' | ')
}

/** `1:02:03`, or `2:03` for less than an hour. */
function clock(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  const rest = String(seconds % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}
