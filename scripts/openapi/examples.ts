import { codeSamples, typedValue } from './code-samples.ts'
import type { OpenApiDocument, Operation } from './document.ts'
import type { Exchange, Exchanges } from './exchange.ts'

/** Adds the recorded exchanges to the operations: as examples of parameters, bodies and responses, and as code. */
export function addExamples(document: OpenApiDocument, exchanges: Exchanges): OpenApiDocument {
  const paths = Object.entries(document.paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [
        method,
        withExamples(method, path, operation, exchanges[operation.operationId] ?? []),
      ]),
    ),
  ])
  return { ...document, paths: Object.fromEntries(paths) }
}

function withExamples(method: string, path: string, operation: Operation, exchanges: Exchange[]): Operation {
  const [first] = exchanges
  if (first === undefined) return operation
  const { parameters, requestBody } = operation
  return {
    ...operation,
    ...(parameters ? { parameters: parameters.map((parameter) => withValue(parameter, first)) } : {}),
    ...(requestBody && first.request.body !== undefined
      ? { requestBody: { ...requestBody, content: contentWith(requestBody.content, first.request.body) } }
      : {}),
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, response]) => {
        const exchange = exchanges.find((one) => String(one.response.status) === status)
        if (exchange?.response.body === undefined || !response.content) return [status, response]
        return [status, { ...response, content: contentWith(response.content, exchange.response.body) }]
      }),
    ),
    'x-codeSamples': codeSamples(method, path, operation, first),
  }
}

type Parameter = NonNullable<Operation['parameters']>[number]

/** Optional parameters have no example, because the API reference would fill it in, and a filter would hide data. */
function withValue(parameter: Parameter, { request }: Exchange): Parameter {
  if (!parameter.required) return parameter
  const { name = '', in: place } = parameter
  const value = place === 'path' ? request.path?.[name] : place === 'query' ? request.query?.[name] : undefined
  return value === undefined ? parameter : { ...parameter, example: typedValue(parameter, value) }
}

/** Adds the example to the first media type. The others are problems. */
function contentWith<Content extends Record<string, object>>(content: Content, example: unknown): Content {
  const [[type, described] = ['', {}], ...others] = Object.entries(content)
  return { [type]: { ...described, example }, ...Object.fromEntries(others) } as Content
}
