import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A proxy to a server that can be closed and opened again, while the server keeps running for other clients. */
export interface Gate {
  /** The URL of the server through this proxy. */
  url: string
  /** Closes all connections and rejects new ones. */
  shut(): Promise<void>
  open(): Promise<void>
}

export async function openGate(serverUrl: string): Promise<Gate> {
  const target = new URL(serverUrl)
  const through = new Set<Socket>()
  let server: Server | undefined
  let port = 0
  const open = async (): Promise<void> => {
    server = createServer((socket) => {
      const onwards = connect(Number(target.port), target.hostname)
      for (const [one, other] of [
        [socket, onwards],
        [onwards, socket],
      ] as const) {
        through.add(one)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          through.delete(one)
          other.destroy()
        })
        one.pipe(other)
      }
    })
    await once(server.listen(port, '127.0.0.1'), 'listening')
    port = (server.address() as AddressInfo).port
  }
  await open()
  const url = new URL(serverUrl)
  url.port = String(port)
  return {
    url: url.href,
    open,
    shut: async () => {
      const closed = server && once(server.close(), 'close')
      for (const socket of through) socket.destroy()
      await closed
    },
  }
}
