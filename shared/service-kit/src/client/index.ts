export { askForText } from './http-request.ts'
export { createServiceClient, problemOf } from './service-client.ts'
export type { ServiceAnswer, ServiceClient } from './service-client.ts'
