import { describe, expect, it } from '@jest/globals'

import { breakingChanges } from './breaking-changes.ts'
import type { OpenApiDocument } from './document.ts'

/** A document with one list and one creation. @param change edits the parts before the document is made */
function documentWith(change: (document: ReturnType<typeof parts>) => void = () => undefined): OpenApiDocument {
  const made = parts()
  change(made)
  return made as unknown as OpenApiDocument
}

const parts = () => ({
  openapi: '3.1.0',
  info: { title: 'Things', version: '1' },
  tags: [],
  'x-tagGroups': [],
  paths: {
    '/things': {
      get: {
        operationId: 'listThings',
        parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer' } }] as object[],
        responses: { 200: response(), 404: { description: 'Not found' } } as Record<number, object>,
      },
      post: {
        operationId: 'createThing',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: { name: { type: 'string' }, size: { type: 'integer' } } as Record<string, object>,
                required: ['name'],
                additionalProperties: false,
              },
            },
          },
        },
        responses: { 201: response() },
      },
    } as Record<string, Operation>,
  } as Record<string, Record<string, Operation>>,
  components: {
    schemas: {
      Thing: {
        type: 'object',
        properties: { id: { type: 'string', description: 'The id.' }, name: { type: 'string' } } as Record<
          string,
          object
        >,
        required: ['id', 'name'],
      },
    },
  },
})

// The test edits the parts of an operation by name.
// oxlint-disable-next-line typescript/no-explicit-any
type Operation = any

const response = () => ({
  description: 'The thing.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
})

const changes = (change: (document: ReturnType<typeof parts>) => void) =>
  breakingChanges(documentWith(), documentWith(change))

const body = (document: ReturnType<typeof parts>) =>
  document.paths['/things']?.['post'].requestBody.content['application/json'].schema

describe('When the API changes', () => {
  it('then additions and other texts do not break a client', () => {
    const found = changes((document) => {
      document.components.schemas.Thing.properties['id'] = { type: 'string', description: 'Another text.' }
      document.components.schemas.Thing.properties['color'] = { type: 'string' }
      body(document).properties.color = { type: 'string' }
      document.paths['/things']?.['get'].parameters.push({ name: 'sort', in: 'query', schema: { type: 'string' } })
      document.paths['/others'] = { get: { operationId: 'listOthers', responses: { 200: response() } } }
      delete document.paths['/things']?.['get'].responses[404]
    })
    expect(found).toEqual([])
  })

  it('then a removed or renamed operation breaks a client', () => {
    expect(changes((document) => delete document.paths['/things']?.['get'])).toEqual([
      'GET /things: removed the operation',
    ])
    expect(
      changes((document) => Object.assign(document.paths['/things']?.['get'], { operationId: 'getThings' })),
    ).toEqual(['GET /things: renamed the operation listThings to getThings'])
  })

  it('then a removed, optional or retyped field of a response breaks a client', () => {
    expect(
      changes(({ components }) => {
        delete components.schemas.Thing.properties['name']
        components.schemas.Thing.required = ['id']
      }),
    ).toContain('GET /things, response 200: removed name')
    expect(changes(({ components }) => (components.schemas.Thing.properties['id'] = { type: 'integer' }))).toContain(
      'POST /things, response 201: changed id type from string to integer',
    )
    expect(changes(({ components }) => (components.schemas.Thing.required = ['id']))).toContain(
      'GET /things, response 200: removed required (name)',
    )
  })

  it('then a new required field, a removed field and a new required parameter of a request break a client', () => {
    expect(changes((document) => body(document).required.push('size'))).toEqual([
      'POST /things, request: added required (size)',
    ])
    expect(changes((document) => delete body(document).properties.size)).toEqual([
      'POST /things, request: removed size',
    ])
    expect(
      changes((document) =>
        document.paths['/things']?.['get'].parameters.push({
          name: 'owner',
          in: 'query',
          required: true,
          schema: { type: 'string' },
        }),
      ),
    ).toEqual(['GET /things: added the parameter owner'])
  })
})
