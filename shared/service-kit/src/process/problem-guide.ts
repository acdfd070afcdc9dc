import type { ProblemGuide } from '@likeness/internal-api'

import type { SharedProblemCode } from './problem.ts'

const retryLater = 'Send the request again after the number of seconds in the `Retry-After` header.'

/** The explanation of each problem that any service can return, in the order of docs/errors.md. */
export const problemGuide: Record<SharedProblemCode, ProblemGuide> = {
  'invalid-request': {
    cause:
      'The path, a query parameter or a field of the body is missing, unknown, of the wrong type, or outside its limits.',
    action:
      'Read `errors`: each entry has the `path` of a field, such as `body.email` or `query.limit`, and a `message`. The list has at most 100 entries.',
  },
  'invalid-json': {
    cause: 'The body has the type `application/json`, but it is not JSON.',
    action: 'Send valid JSON, in UTF-8.',
  },
  'unsupported-media-type': {
    meaning: 'The type or the encoding of the body, or the type of an uploaded file, is not supported.',
    cause:
      'The `Content-Type` is missing or is not the type that the route accepts, the `Content-Encoding` is unknown, or the type of an uploaded file is not supported. The type of a file is read from its bytes; its name and its declared type do not matter.',
    action: 'Read `detail`: it lists the supported types. Convert the file, or correct the headers.',
  },
  'incomplete-body': {
    cause: 'The connection closed before the whole body arrived, or `Content-Length` does not match the body.',
    action: 'Send the request again.',
  },
  'unreadable-body': {
    cause: 'The body does not match its headers: for example, `Content-Encoding` is `gzip` and the body is not gzip.',
    action: 'Correct `Content-Encoding` and `Content-Type`, or send the body uncompressed.',
  },
  'body-too-large': {
    cause:
      'The body is too large. The limit is 1 MiB for JSON. For an upload, the limit is `MAX_FILES` times `MAX_FILE_BYTES`, plus 1 MiB.',
    action: 'Send a smaller body. For uploads, send fewer files in each request.',
  },
  'invalid-path': {
    cause: 'The path contains a `%` that is not followed by two hexadecimal digits, or bytes that are not UTF-8.',
    action: 'Percent-encode each part of the path, for example with `encodeURIComponent`.',
  },
  'malformed-request': {
    cause:
      'The request line, a header or a chunk of the body is not valid HTTP/1.1, the path has a character that must be percent-encoded, the header `Host` is missing or sent twice, or the method is unknown. Or the client uses another protocol, such as TLS or HTTP/2, on the port for plain HTTP/1.1.',
    action: 'Use an HTTP client library, and check that the URL begins with `http://` and leads to the right port.',
  },
  'request-timeout': {
    cause:
      'The headers did not arrive within a minute, or the whole request did not arrive within 5 minutes. For uploads, the limit is `UPLOAD_LIMIT_SECONDS`.',
    action: 'Send the request again. For uploads over a slow connection, send smaller files.',
  },
  'headers-too-large': {
    meaning: 'The request line and the headers are too large together.',
    cause: 'The limit is 16 KiB. A long query or a long `Cookie` header can exceed it.',
    action: 'Shorten the query, or remove headers that the service does not need.',
  },
  'chunk-extensions-too-large': {
    cause: 'The body is sent in chunks, and their extensions exceed 16 KiB.',
    action: 'Send the body without chunk extensions. No usual client sends them.',
  },
  'expectation-failed': {
    cause: 'The header `Expect` has another value than `100-continue`.',
    action: 'Remove the header.',
  },
  'invalid-target': {
    cause:
      'The request line has a target that is neither a path, such as `/api/v1/media`, nor a URL with `http` or `https`. Or the target contains a `#`, or a `\\` in its path.',
    action: 'Send the path of the URL, and percent-encode its parts, for example with `encodeURIComponent`.',
  },
  'no-such-route': {
    meaning: 'The service has no route with this method and path.',
    cause:
      'The path is wrong, or the request was sent to another service than the one that has the route. Paths are case-sensitive.',
    action: 'Compare the path and the service with the API reference at `/docs`.',
  },
  'method-not-allowed': {
    meaning: 'The path does not support this method.',
    cause: 'The path exists, but not with this method.',
    action: 'Use one of the methods in the `Allow` header.',
  },
  'not-found': {
    meaning: 'The resource does not exist, or you do not have access to it.',
    cause:
      'No resource has this id, the id is not a valid UUID, the resource was deleted, or you do not have access to it.',
    action: 'Check the id. If it is right, ask an administrator for access to the resource.',
  },
  'token-missing': {
    cause: 'The route is not public, and the request has no `Authorization` header.',
    action: 'Send `Authorization: Bearer`, followed by an access token or an API key.',
  },
  'token-invalid': {
    cause:
      'The token is damaged, was issued by another system or for internal routes, or its signing key was replaced.',
    action:
      'Refresh the token. If the new token is rejected too, log in again, and compare `TOKEN_ISSUER` in every service.',
  },
  'token-expired': {
    cause: 'The access token is older than its lifetime (`ACCESS_TOKEN_SECONDS`, 15 minutes by default).',
    action: 'Get a new token with `POST /auth/refresh`, then send the request again.',
  },
  'token-stale': {
    cause:
      'After the token was issued, your roles, the permissions of one of your roles, your password or your status changed.',
    action:
      'Get a new token with `POST /auth/refresh`, then send the request again. The new token has the current permissions.',
  },
  'session-ended': {
    cause:
      'The user logged out, the session was not used for too long or reached its maximum age, or the password or the status of the user changed.',
    action: 'Log in again.',
  },
  'session-required': {
    cause: 'The request was sent with an API key. Sessions, passwords and API keys can only be managed after a login.',
    action: 'Log in, and send the access token of the session.',
  },
  'key-invalid': {
    cause: 'No API key has this value, or the key belongs to another client id.',
    action: 'Check that the key is complete: `key_` and 43 characters. If it is lost, create a new key.',
  },
  'key-expired': {
    cause: 'The API key was created with an expiry, which has passed.',
    action: 'Create a new key with `POST /api-keys`.',
  },
  'key-revoked': {
    cause: 'The API key was revoked, or the user who created it was deleted.',
    action: 'Create a new key with `POST /api-keys`.',
  },
  'key-maker-inactive': {
    cause: 'The user who created the API key is suspended or deleted.',
    action: 'Reactivate the user, or create a key as another user.',
  },
  forbidden: {
    cause:
      'None of your roles has the permission that `detail` names, or the API key does not have this permission. A permission with the suffix `:own` applies only to your own rows.',
    action:
      'Ask an administrator for a role with this permission. `GET /access/explain` lists the roles that a permission comes from.',
  },
  'feature-disabled': {
    cause: 'The route needs a feature flag that is off for you.',
    action: 'Ask an administrator to switch the feature flag on.',
  },
  'precondition-required': {
    cause: 'The route requires `If-Match`, because another client could change the resource at the same time.',
    action: 'Read the resource, and send the `ETag` of the response in `If-Match`.',
  },
  'precondition-failed': {
    cause: 'Another request changed the resource after you read it, so the ETag in `If-Match` is outdated.',
    action: 'Read the resource again, apply your change to the new state, and send its new `ETag` in `If-Match`.',
  },
  'invalid-idempotency-key': {
    cause: 'The `Idempotency-Key` header is empty, longer than 255 characters, or has spaces or non-ASCII characters.',
    action: 'Send a key such as a UUID.',
  },
  'idempotency-key-in-use': {
    cause: 'A request with the same `Idempotency-Key` was received before and has not finished yet.',
    action: 'Send the request again after the number of seconds in the `Retry-After` header, with the same key.',
  },
  'idempotency-key-reused': {
    cause: 'Within the last 24 hours, you sent a request with the same `Idempotency-Key` and other content.',
    action: 'Use a new key for each new request, and the same key only to repeat a request.',
  },
  'answer-not-repeatable': {
    cause:
      'A request with the same `Idempotency-Key` created something with a secret, such as an API key. Secrets are not stored, so the response cannot be repeated.',
    action:
      'If the first response was lost, delete what the first request created, and create it again with a new key.',
  },
  'too-many-requests': {
    cause:
      'A user or an API key sent more than `CALLER_REQUESTS_PER_MINUTE` requests to this service within a minute, or a network address sent more than `ADDRESS_REQUESTS_PER_MINUTE` requests without a known token, or more than 300 different wrong API keys. The headers `RateLimit` and `RateLimit-Policy` of each response show the limit and the rest. For `/metrics`, more than 100 requests wait for one collection.',
    action:
      'Wait for the number of seconds in the `Retry-After` header, then send the request again. Distribute the requests of scripts over time.',
  },
  'metrics-token-required': {
    cause: 'The operator has set `METRICS_TOKEN`, and the request to `/metrics` has no bearer token or another one.',
    action: 'Configure the value of `METRICS_TOKEN` as the bearer token of Prometheus.',
  },
  'internal-error': {
    cause: 'A bug, or an error that the service does not recognise.',
    action:
      'Search the logs of the service for the `requestId`: the event `request.failed` has the error. Report it as a bug.',
  },
  'bad-gateway': {
    cause:
      'A service closed its connection to the gateway before it sent a response, for example because it was killed. The request may have been executed.',
    action:
      'Read the resource, or send a `POST` again with the same `Idempotency-Key`. Operators: search the logs of the service.',
  },
  'database-unavailable': {
    cause:
      'PostgreSQL is unreachable, shutting down or out of connections, or a statement did not finish within its time limit.',
    action: `${retryLater} Operators: check PostgreSQL and \`DATABASE_POOL_SIZE\`. The service reconnects by itself.`,
  },
  'auth-service-unavailable': {
    cause: 'auth-service is unreachable, did not respond in time, or returned an error.',
    action: `${retryLater} Operators: check auth-service and \`AUTH_SERVICE_URL\`.`,
  },
  'main-service-unavailable': {
    cause: 'main-service is unreachable, did not respond in time, or returned an error.',
    action: `${retryLater} Operators: check main-service and \`MAIN_SERVICE_URL\`.`,
  },
  'medias-service-unavailable': {
    cause: 'medias-service is unreachable, did not respond in time, or returned an error.',
    action: `${retryLater} Operators: check medias-service and \`MEDIAS_SERVICE_URL\`.`,
  },
  'revocations-unavailable': {
    cause:
      'The service has just started and has not read the feed of revoked tokens yet. Without the feed, the service rejects every token.',
    action: `${retryLater} Operators: the feed comes from main-service, through auth-service. Check both.`,
  },
  'dependency-unavailable': {
    cause: 'Another service returned a response that its API does not define, such as the error page of a proxy.',
    action: `${retryLater} Operators: check the URLs of the services.`,
  },
}
