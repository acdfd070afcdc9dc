export { asUnavailable, call, openStream } from './call.ts'
export { requestText } from './http-request.ts'
export { createServiceClient, problemOf } from './service-client.ts'
export type { ServiceClient } from './service-client.ts'
