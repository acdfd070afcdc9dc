import { describe, expect, it } from '@jest/globals'

import { codesOf, readDocument } from './api-document.ts'

const problem = (...codes: string[]) => ({
  content: {
    'application/problem+json': {
      schema: {
        allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { type: 'string', enum: codes } } }],
      },
    },
  },
})

const operation = {
  parameters: [
    { $ref: '#/components/parameters/IfMatch' },
    { in: 'query', name: 'limit', schema: { type: 'integer' } },
  ],
  responses: {
    200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    404: { $ref: '#/components/responses/NotFound' },
    409: problem('trashed', 'owner-deleted'),
  },
}

const document = {
  paths: { '/media/{id}': { get: operation } },
  components: {
    parameters: { IfMatch: { in: 'header', name: 'If-Match', required: true } },
    responses: { NotFound: problem('not-found') },
    schemas: { Problem: { type: 'object', properties: { code: { type: 'string' } } } },
  },
}
const text = JSON.stringify(document)

describe('When the generator reads the OpenAPI document', () => {
  it('then it finds the codes of an operation by status, through references', () => {
    expect(codesOf(readDocument(text), operation)).toEqual([
      { status: '404', codes: ['not-found'] },
      { status: '409', codes: ['owner-deleted', 'trashed'] },
    ])
  })

  it('then orval gets the document without errors and headers', () => {
    const { paths, components } = JSON.parse(JSON.stringify(readDocument(text).withoutErrors)) as typeof document
    const { responses, parameters } = paths['/media/{id}'].get
    expect(Object.keys(responses)).toEqual(['200'])
    expect(parameters).toEqual([{ in: 'query', name: 'limit', schema: { type: 'integer' } }])
    expect(Object.keys(components)).toEqual(['schemas'])
  })
})
