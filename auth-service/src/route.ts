import { routesWith } from '@likeness/service-kit/http'

import type { AuthProblemCode } from './problems.ts'

/** Makes a route of auth-service. Its `problems` are codes of this service's catalogue or of the shared catalogue. */
export const route = routesWith<AuthProblemCode>()
