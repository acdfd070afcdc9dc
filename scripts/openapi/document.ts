/** The part of an OpenAPI 3.1 document that the scripts read. */
export interface OpenApiDocument {
  openapi: string
  info: Record<string, unknown>
  servers?: object[]
  tags: DocumentTag[]
  'x-tagGroups': { name: string; tags: string[] }[]
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, unknown>>
}

/** A group of operations. */
interface DocumentTag {
  name: string
  description: string
}

export interface Operation {
  operationId: string
  summary: string
  tags: string[]
  security: object[]
  servers?: object[]
  parameters?: {
    $ref?: string
    name?: string
    in?: string
    required?: boolean
    schema?: { type?: string | string[] }
    example?: unknown
  }[]
  requestBody?: { required?: boolean; content: Record<string, { schema?: object; example?: unknown }> }
  responses: Record<string, { content?: Record<string, { schema?: object; example?: unknown }> }>
  'x-permission': string | null
  'x-owned-by-nobody'?: true
  'x-problems'?: string[]
  'x-codeSamples'?: object[]
}
