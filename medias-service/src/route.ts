import { routesWith } from '@likeness/service-kit/http'

import type { MediaProblemCode } from './problems.ts'

/** A route of medias-service: its `problems` are codes of this service's catalogue or of the shared catalogue. */
export const route = routesWith<MediaProblemCode>()
