import { ok, pageBounds, pageOf } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentedPreset, presentPreset } from './preset-presenter.ts'

export const presetRoutes = ({ presets }: Context) => [
  route({
    operationId: 'listPresets',
    method: 'get',
    path: '/presets',
    access: 'signed-in',
    summary: 'List presets',
    description:
      'A preset defines a size in which every picture is rendered. The list has the order of the presets file. After a ' +
      'change of a preset, existing sizes are `stale` until a regeneration renders them again.',
    // A cursor is the name of the last preset of the previous page.
    query: z.object(pageBounds),
    answers: { 200: pageOf(presentedPreset) },
    async handle({ query: { limit, after } }) {
      const all = presets.current()
      const start = after === undefined ? 0 : all.findIndex((preset) => preset.name === after) + 1
      if (after !== undefined && start === 0) {
        throw problems.invalid([{ path: 'query.after', message: 'is not a cursor of this list, or has expired' }])
      }
      const shown = all.slice(start, start + limit)
      const next = start + limit < all.length ? (shown.at(-1)?.name ?? null) : null
      return ok({ data: shown.map(presentPreset), page: { limit, next } })
    },
  }),
]
