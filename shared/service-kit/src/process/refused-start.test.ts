import { createServer, type AddressInfo } from 'node:net'

import { expect, it } from '@jest/globals'

import { listen } from './http-server.ts'

const answer = () => undefined

it('When a port is in use, then the error is one sentence that names the variable of the port', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  const listening = listen(answer, { host: '127.0.0.1', port, portVariable: 'WORKER_PORT' })

  await expect(listening).rejects.toMatchObject({
    name: 'PortInUseError',
    message: `Port ${port} is in use. Stop the process that uses it, or set WORKER_PORT to another port.`,
  })
  other.close()
})

it('When the machine does not have the address, then the error names HOST', async () => {
  // TEST-NET-1 of RFC 5737, which no machine has.
  const listening = listen(answer, { host: '192.0.2.1', port: 0 })

  await expect(listening).rejects.toMatchObject({
    name: 'StartError',
    message: 'This machine does not have the address 192.0.2.1. Set HOST to one of its addresses.',
  })
})
