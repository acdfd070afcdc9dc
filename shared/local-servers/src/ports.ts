import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'

/** Whether no process listens on this port, on any address of the machine. */
function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    // Without a host, this checks all addresses, so that it finds a listener on any of them.
    probe.listen({ port, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/**
 * Whether a process accepts connections on this port of 127.0.0.1. It tries to connect, because listening on the port
 * could prevent the expected process from listening.
 */
export function isPortOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ port, host: '127.0.0.1' })
    const settle = (isOpen: boolean) => () => {
      probe.destroy()
      resolve(isOpen)
    }
    probe.once('connect', settle(true)).once('error', settle(false))
  })
}

/**
 * A free port from 20000 to 31999, below the ports that Linux uses for outgoing connections. If a server used a port for
 * outgoing connections, a client that retries while the server is stopped could connect to itself, and the server could
 * not start again.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (await isPortFree(port)) return port
  }
}

/** The requested port, or the next free port above it that is not reserved. */
export async function findPortFrom(wanted: number, reserved: ReadonlySet<number> = new Set()): Promise<number> {
  let port = wanted
  while ((port !== wanted && reserved.has(port)) || !(await isPortFree(port))) port += 1
  return port
}
