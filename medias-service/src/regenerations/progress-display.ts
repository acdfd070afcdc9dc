import { SingleBar } from 'cli-progress'

import type { ProgressDisplay, ShownRegeneration } from './watch-regeneration.ts'

/** A line of progress goes into a log file so often. */
const LINE_EVERY_MS = 5_000

/** A bar that moves on a terminal; lines for whoever reads them later. */
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
    // Ctrl-C is ours, and gives the cursor back as well.
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
    say(line) {
      close()
      output.write(`${line}\n`)
    },
    close,
  }
}

function openLines(output: NodeJS.WriteStream): ProgressDisplay {
  let saidAt = Number.NEGATIVE_INFINITY
  return {
    show(regeneration) {
      const now = performance.now()
      if (now - saidAt < LINE_EVERY_MS) return
      saidAt = now
      const { total, done, failed } = regeneration
      output.write(`${done + failed} of ${total} | ${about(regeneration)}\n`)
    },
    say: (line) => void output.write(`${line}\n`),
    close: () => undefined,
  }
}

function about({ failed, rate, secondsLeft }: ShownRegeneration): string {
  const parts = [
    `${failed} failed`,
    rate !== null && `${rate.toFixed(1)} a second`,
    secondsLeft !== null && `${clock(secondsLeft)} left`,
  ]
  return parts.filter(Boolean).join(' | ')
}

/** `1:02:03`, or `2:03` where it is less than an hour. */
function clock(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  const rest = String(seconds % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}
