import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'

/** Whether nobody listens on this port, on any address of the machine. */
function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    // Without a host this asks for every address, so that a stranger on any of them is found.
    probe.listen({ port, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/**
 * Whether somebody takes connections on this port of 127.0.0.1. Asked by connecting: who asks by listening there can be
 * in the way of whom it waits for.
 */
export function isPortOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ port, host: '127.0.0.1' })
    const tell = (isOpen: boolean) => () => {
      probe.destroy()
      resolve(isOpen)
    }
    probe.once('connect', tell(true)).once('error', tell(false))
  })
}

/**
 * A free port from 20000–31999, below the range that Linux hands to outgoing connections: there, a client that keeps
 * trying a stopped server's port can end up connected to itself, and the server cannot come back.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (await isPortFree(port)) return port
  }
}

/** The wanted port, or the next free one above it that is not spoken for. */
export async function findPortFrom(wanted: number, spokenFor: ReadonlySet<number> = new Set()): Promise<number> {
  let port = wanted
  while ((port !== wanted && spokenFor.has(port)) || !(await isPortFree(port))) port += 1
  return port
}
