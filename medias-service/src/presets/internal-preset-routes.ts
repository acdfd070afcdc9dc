import { createHash } from 'node:crypto'

import { presetEndpoints } from '@likeness/internal-api'
import type { Preset } from '@likeness/media-jobs'
import { connectionClosed, internalRoute } from '@likeness/service-kit/http'
import { timeLimit } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'

/** Sends the preset names to main-service. A request with a cursor waits until the names change. */
export const internalPresetRoutes = ({ presets, stopping }: Context) => [
  internalRoute(presetEndpoints.follow, {
    summary: 'List the preset names; with a cursor, wait until they change',
    async handle({ query: { after, wait }, http }) {
      const end = timeLimit(wait * 1_000, connectionClosed(http.response), stopping.signal)
      while (cursorOf(presets.current()) === after && !end.aborted) await presets.replaced(end)
      const current = presets.current()
      return { names: current.map(({ name }) => name), cursor: cursorOf(current) }
    },
  }),
]

/** Changes when the names or their order change. */
const cursorOf = (presets: readonly Preset[]): string =>
  createHash('sha256')
    .update(JSON.stringify(presets.map(({ name }) => name)))
    .digest('base64url')
