import { routesWith } from '@likeness/service-kit/http'

import type { MainProblemCode } from './problems.ts'

/** A route of main-service: its `problems` are codes of this service's catalogue or of the shared catalogue. */
export const route = routesWith<MainProblemCode>()
