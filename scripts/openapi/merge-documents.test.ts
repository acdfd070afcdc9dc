import { describe, expect, it } from '@jest/globals'

import type { OpenApiDocument, Operation } from './document.ts'
import { mergeDocuments } from './merge-documents.ts'

/** The document of a service with one operation, in one group. */
function documentOf(path: string, operationId: string, tag: string, schemas: Record<string, object>): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: { title: tag },
    tags: [{ name: tag, description: `${tag}.` }],
    'x-tagGroups': [{ name: tag === 'Jobs' ? 'Operators' : 'Applications', tags: [tag] }],
    paths: { [path]: { post: { operationId } as Operation } },
    components: { schemas },
  }
}

const user = { type: 'object' }

describe('When the documents of the services are merged', () => {
  it('then paths and components are sorted, and equal components are one', () => {
    const merged = mergeDocuments(
      [
        documentOf('/users', 'createUser', 'Users', { User: user, Role: { type: 'string' } }),
        documentOf('/media', 'uploadMedia', 'Media', { User: { ...user }, Media: user }),
      ],
      { title: 'All' },
    )

    expect(Object.keys(merged.paths)).toEqual(['/media', '/users'])
    expect(Object.keys(merged.components['schemas'] ?? {})).toEqual(['Media', 'Role', 'User'])
    expect(merged.info).toEqual({ title: 'All' })
  })

  it('then the tags are in the order of their groups', () => {
    const { tags, 'x-tagGroups': groups } = mergeDocuments(
      [
        documentOf('/users', 'createUser', 'Users', {}),
        documentOf('/jobs', 'pauseWorkers', 'Jobs', {}),
        documentOf('/media', 'uploadMedia', 'Media', {}),
      ],
      {},
    )

    expect(tags.map(({ name }) => name)).toEqual(['Users', 'Media', 'Jobs'])
    expect(groups).toEqual([
      { name: 'Applications', tags: ['Users', 'Media'] },
      { name: 'Operators', tags: ['Jobs'] },
    ])
  })

  it('then different components with one name are an error', () => {
    const documents = [
      documentOf('/users', 'createUser', 'Users', { User: user }),
      documentOf('/media', 'uploadMedia', 'Media', { User: { type: 'string' } }),
    ]
    expect(() => mergeDocuments(documents, {})).toThrow('Two services describe User (schemas) differently')
  })

  it('then a repeated operationId is an error', () => {
    const documents = [documentOf('/users', 'create', 'Users', {}), documentOf('/media', 'create', 'Media', {})]
    expect(() => mergeDocuments(documents, {})).toThrow('Each operation needs an operationId of its own: create')
  })
})
