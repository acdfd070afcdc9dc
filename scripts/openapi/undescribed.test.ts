import { expect, it } from '@jest/globals'

import { undescribed } from './undescribed.ts'

const about = { description: 'Some words.' }
const text = { type: 'string' }
const operation = { operationId: 'listUsers', summary: 'List users', ...about, responses: {} }
const withSchema = (schema: object) => ({ content: { 'application/json': { schema } } })

it('When everything is described, directly or by a component, then nothing is reported', () => {
  const user = {
    ...about,
    properties: { email: { ...text, ...about }, avatar: { $ref: '#/components/schemas/Avatar' } },
  }
  const owner = { anyOf: [{ $ref: '#/components/schemas/User' }, { type: 'null' }] }

  expect(
    undescribed({
      components: { schemas: { User: user, Avatar: { ...about, properties: {} } } },
      paths: {
        '/users': {
          servers: [],
          get: {
            ...operation,
            parameters: [{ in: 'query', name: 'limit', ...about }, { $ref: '#/components/parameters/IfMatch' }],
            responses: { 200: withSchema({ properties: { owner } }), 204: about, 404: { $ref: '#/components/x' } },
          },
        },
      },
    }),
  ).toEqual([])
})

it('When words are missing, then each place is reported', () => {
  const found = undescribed({
    components: {
      schemas: { User: { properties: { email: text, tags: { ...about, items: { properties: { id: text } } } } } },
    },
    paths: {
      '/users': {
        get: { ...operation, parameters: [{ in: 'query', name: 'limit', description: ' ' }] },
        post: {
          operationId: 'createUser',
          summary: 'Create a user',
          requestBody: withSchema({ properties: { name: text } }),
          responses: { 201: withSchema({ allOf: [{ properties: { id: text } }] }) },
        },
        delete: { summary: 'Delete all users', ...about },
      },
    },
  })

  expect(found).toEqual([
    'User',
    'User.email',
    'User.tags.id',
    'createUser: 201.id',
    'createUser: body.name',
    'createUser: no description',
    'delete /users: no operationId',
    'listUsers: query limit',
  ])
})
