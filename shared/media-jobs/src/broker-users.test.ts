import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'

import { brokerUsers } from './broker-users.ts'
import { DEAD_QUEUE, EXCHANGE, jobQueue, priorities, retryQueue, retryTiers, routingKeys } from './contract.ts'

const retryQueues = priorities.flatMap((priority) => retryTiers.map((tier) => retryQueue(priority, tier)))
const names = [EXCHANGE, DEAD_QUEUE, ...routingKeys.map(jobQueue), ...retryQueues]
/** Names of other resources: similar ones, and those of RabbitMQ. */
const foreign = [
  '',
  'amq.default',
  'media',
  'media.jobsx',
  'xmedia.jobs',
  'media-jobs',
  'media.jobs.dead.',
  'media.jobs.new',
]

describe('the rights of the users of the broker', () => {
  it.each(brokerUsers)('When a resource is foreign, then no right of $name includes it', ({ permissions }) => {
    for (const pattern of Object.values(permissions)) {
      expect(foreign.filter((name) => name !== '' && new RegExp(pattern).test(name))).toEqual([])
    }
  })

  it.each(brokerUsers)(
    'When an operator types the commands of operations.md, then $name has the same rights',
    (user) => {
      const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
      const command = new RegExp(`^rabbitmqctl set_permissions .* ${user.name} '(.*)' '(.*)' '(.*)'$`, 'm').exec(page)
      const [, configure = '', write = '', read = ''] = command ?? []
      for (const [verb, pattern] of Object.entries({ configure, write, read })) {
        const right = user.permissions[verb as keyof typeof user.permissions]
        const granted = (by: string) => [...names, ...foreign].filter((name) => new RegExp(by).test(name))
        expect([verb, granted(pattern)]).toEqual([verb, granted(right)])
      }
    },
  )
})
