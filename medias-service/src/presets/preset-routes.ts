import { fingerprintOf, presetSchema, type Preset } from '@likeness/media-jobs'
import { ok, pageOf, route } from '@likeness/service-kit'
import { z } from 'zod'

import type { Context } from '../context.ts'

const presentedPreset = z.strictObject({
  ...presetSchema.shape,
  fingerprint: z.string().describe('Of its renditions where no focal point is set: what has another is stale.'),
})

export const presetRoutes = ({ presets }: Context) => [
  route({
    method: 'get',
    path: '/presets',
    access: 'signed-in',
    summary: 'The presets: which sizes every picture comes in',
    answers: { 200: pageOf(presentedPreset) },
    async handle() {
      const data = presets.current().map(presentPreset)
      return ok({ data, page: { limit: data.length, next: null } })
    },
  }),
]

const presentPreset = (preset: Preset) => ({ ...preset, fingerprint: fingerprintOf(preset, null) })
