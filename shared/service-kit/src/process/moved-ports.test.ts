import { expect, it } from '@jest/globals'
import { z } from 'zod'

import { postgresUrl, readEnvironment } from './environment.ts'

const schema = z.object({
  MAINDB_URL: postgresUrl('postgres://likeness:likeness@127.0.0.1:5432/maindb'),
  AMQP_URL: z.url().default('amqp://127.0.0.1:5672'),
})

it('When docker compose publishes a server on another port, then the default URL has that port', () => {
  expect(readEnvironment(schema, { MAINDB_PORT: '5442', RABBITMQ_PORT: '5673' })).toEqual({
    MAINDB_URL: 'postgres://likeness:likeness@127.0.0.1:5442/maindb',
    AMQP_URL: 'amqp://127.0.0.1:5673',
  })
})

it('When the URL was copied unchanged from .env.example, then it also gets that port', () => {
  const copied = 'postgres://likeness:likeness@127.0.0.1:5432/maindb'
  expect(readEnvironment(schema, { MAINDB_URL: copied, MAINDB_PORT: '5442' }).MAINDB_URL).toContain(':5442/')
})

it('When the URL names another server, then it stays unchanged', () => {
  const other = 'postgres://likeness:likeness@db:5432/maindb'
  expect(readEnvironment(schema, { MAINDB_URL: other, MAINDB_PORT: '5442' }).MAINDB_URL).toBe(other)
})
