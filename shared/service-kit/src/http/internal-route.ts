import type { AnswerOf, Endpoint, EndpointAnswers, Part } from '@likeness/internal-api'

import type { Incoming, ReplyTo, Route } from './route.ts'

/** The handler of an endpoint without a response body returns nothing. */
type Answered<Answer> = [Answer] extends [undefined] ? void : Answer

interface InternalHandler<Params extends Part, Query extends Part, Body extends Part, Answers extends EndpointAnswers> {
  summary: string
  description?: string
  /** Returns the body of the endpoint's successful response. */
  handle(incoming: Incoming<'service', Params, Query, Body>): Promise<Answered<AnswerOf<Answers>>>
}

interface InternalWriter<Params extends Part, Query extends Part, Body extends Part, Answers extends EndpointAnswers> {
  summary: string
  /** Replaces `handle` if the reply needs headers or is streamed. Returns the same as `handle` of `route`. */
  reply(incoming: Incoming<'service', Params, Query, Body>): Promise<ReplyTo<Answers>>
}

/** The route of an endpoint of `@likeness/internal-api`, for other services only. */
export function internalRoute<
  Params extends Part,
  Query extends Part,
  Body extends Part,
  Answers extends EndpointAnswers,
>(
  endpoint: Endpoint<Params, Query, Body, Answers>,
  answering: InternalHandler<Params, Query, Body, Answers> | InternalWriter<Params, Query, Body, Answers>,
): Route {
  const { method, path, params, query, body, answers, problems } = endpoint
  return {
    method,
    path: path.slice('/internal'.length),
    access: 'service',
    summary: answering.summary,
    ...('description' in answering ? { description: answering.description } : {}),
    ...(params ? { params } : {}),
    ...(query ? { query } : {}),
    ...(body ? { body } : {}),
    answers,
    ...(problems ? { problems: [...problems] } : {}),
    async handle(erased) {
      // The router has parsed the request with this endpoint's schemas and verified the token of the calling service.
      const incoming = erased as unknown as Incoming<'service', Params, Query, Body>
      if ('reply' in answering) return answering.reply(incoming)
      return { status: statusOf(answers), body: await answering.handle(incoming) }
    },
  }
}

/** The status of the only successful response. */
const statusOf = (answers: EndpointAnswers) => Number(Object.keys(answers)[0])
