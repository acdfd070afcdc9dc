import { describe, expect, it } from '@jest/globals'

import { watchDependency } from './dependency-watch.ts'
import { isReportedOutage } from './reported-outages.ts'

function watched({ isPeer = false } = {}) {
  const lines: string[] = []
  const log = (level: string) => (_fields: object, message: string) => lines.push(`${level} ${message}`)
  const logger = { info: log('info'), warn: log('warn') } as unknown as Parameters<typeof watchDependency>[0]['logger']
  return { lines, watch: watchDependency({ name: 'main-service', variable: 'MAIN_SERVICE_URL', isPeer, logger }) }
}

const refused = () => new Error('connect ECONNREFUSED 127.0.0.1:3000')

describe('When a dependency is unavailable', () => {
  it('then each outage is logged once, and its end once', () => {
    const { watch, lines } = watched()
    watch.succeeded()
    for (let outage = 0; outage < 2; outage++) {
      for (let call = 0; call < 3; call++) watch.failed(refused())
      for (let call = 0; call < 3; call++) watch.succeeded()
    }

    const outage = [
      'warn main-service is unavailable: connect ECONNREFUSED 127.0.0.1:3000. If this continues, check MAIN_SERVICE_URL.',
      'info main-service is available',
    ]
    expect(lines).toEqual([...outage, ...outage])
  })

  it('and another service has not been available yet, then the log only says that the process waits for it', () => {
    const { watch, lines } = watched({ isPeer: true })
    watch.failed(refused())
    watch.failed(refused())
    watch.succeeded()

    expect(lines).toEqual(['info waiting for main-service', 'info main-service is available'])
  })

  it('and it was available from the beginning, then nothing is logged', () => {
    const { watch, lines } = watched({ isPeer: true })
    watch.succeeded()

    expect(lines).toEqual([])
  })

  it('then every error of the outage is known as logged, also as the cause of another error', () => {
    const { watch } = watched()
    const [first, second] = [refused(), refused()]
    watch.failed(first)
    watch.failed(second)

    expect([first, second, new Error('The request failed', { cause: second })].map(isReportedOutage)).toEqual(
      Array(3).fill(true),
    )
    expect(isReportedOutage(refused())).toBe(false)
  })
})
