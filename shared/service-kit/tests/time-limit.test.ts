import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createListener } from '@likeness/postgres'
import { createDatabase, type TestDatabase } from '@likeness/test-kit'

import { createServiceClient } from '../src/client/service-client.ts'
import { createLogger } from '../src/process/logger.ts'
import { timeLimit } from '../src/process/time-limit.ts'

/** A call that would never end is aborted at its time limit, even though the garbage collector runs all the time. */
describe('A time limit', () => {
  let silent: Server
  let database: TestDatabase
  let collecting: NodeJS.Timeout

  beforeAll(async () => {
    database = await createDatabase()
    silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    // Counted from the end of a collection: on a large heap, a collection takes longer than 100 ms and would use up the
    // time.
    const collectAgain = () => {
      collect()
      collecting = setTimeout(collectAgain, 100)
    }
    collectAgain()
  })
  afterAll(async () => {
    clearTimeout(collecting)
    silent.closeAllConnections()
    silent.close()
    await database.drop()
  })

  const address = () => `http://127.0.0.1:${(silent.address() as AddressInfo).port}`

  it.each([
    ['there is no other signal', {}],
    ['there is a signal of the caller', { signal: new AbortController().signal }],
  ])('When a peer never answers and %s, then the call ends', async (_what, more) => {
    const client = createServiceClient({ name: 'main-service', baseUrl: address() })

    const call = client.send('GET', '/', { limitMs: 300, ...more })

    await expect(call).rejects.toMatchObject({ status: 503, code: 'main-service-unavailable' })
  })

  it('When the caller aborts, then the call ends before its limit', async () => {
    const gone = new AbortController()
    setTimeout(() => gone.abort(), 200)

    await expect(fetch(address(), { signal: timeLimit(20_000, gone.signal) })).rejects.toThrow(/aborted/)
  })

  it('When no notification arrives, then a wait ends at its limit', async () => {
    const listener = createListener(database.url, 'nothing', createLogger({ service: 'test', level: 'silent' }))
    let looked = 0
    try {
      // The first wait ends with the notification that a new connection itself sends.
      for (; looked < 4; looked++) await listener.wait(300, new AbortController().signal)
      expect(looked).toBe(4)
    } finally {
      await listener.stop()
    }
  })
})
