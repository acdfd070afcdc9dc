import { createSocket } from 'node:dgram'
import { lookup, resolve4 } from 'node:dns/promises'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer } from 'node:net'

import type { Attempts, ProbeRequest } from './probe-request.ts'
import { call, inThread, koffiModule } from './raw-calls.ts'

const SOCK_RAW = 3
const SOCK_STREAM = 1
const AF_UNIX = 1
const families = { Unix: AF_UNIX, IPv4: 2, IPv6: 10, netlink: 16, packet: 17, Bluetooth: 31, crypto: 38, vsock: 40 }

const IPC_CHANNEL = 3

const rawSocket = `const open = require(${JSON.stringify(koffiModule)}).load(null).func('socket', 'int', ['int', 'int', 'int'])
  if (open(${AF_UNIX}, ${SOCK_STREAM}, 0) < 0) throw Object.assign(new Error(), { code: 'EPERM' })`

export function attemptsOnNetwork({ port, socket, abstractSocket }: ProbeRequest): Attempts {
  const openSockets = Object.entries(families).map(([name, family]): [string, () => void] => {
    return [`open a socket (${name})`, () => call('socket', family, SOCK_RAW)]
  })
  return {
    ...Object.fromEntries(openSockets),
    'open a pair of sockets': () => call('socketpair', AF_UNIX, SOCK_STREAM),
    'open a socket in a new thread': () => inThread(rawSocket),
    'connect by TCP': () => once(connect(port, '127.0.0.1'), 'connect'),
    'connect by TCP to IPv6': () => once(connect(port, '::1'), 'connect'),
    'listen on TCP': () => once(createServer().listen(0, '127.0.0.1'), 'listening'),
    'send UDP': () => sendDatagram(port),
    'connect to a Unix socket': () => once(connect(socket), 'connect'),
    'connect to an abstract socket': () => once(connect(`\0${abstractSocket}`), 'connect'),
    'listen on a Unix socket': () => once(createServer().listen(`\0${abstractSocket}-probe`), 'listening'),
    'request over HTTP': () => once(request({ host: '127.0.0.1', port }).end(), 'response'),
    'fetch a URL': () => fetch(`http://127.0.0.1:${port}`).catch(throwCause),
    'connect the IPC channel elsewhere': () => call('connect', IPC_CHANNEL),
    'listen on the IPC channel': () => call('listen', IPC_CHANNEL, 1),
    'look up a name': () => lookup('example.com'),
    'ask a name server': () => resolve4('example.com'),
  }
}

async function sendDatagram(port: number): Promise<void> {
  const udp = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      udp.on('error', reject)
      udp.send('secret', port, '127.0.0.1', (error) => (error ? reject(error) : resolve()))
    })
  } finally {
    udp.close()
  }
}

function throwCause(error: Error): never {
  throw error.cause
}
