import { fingerprintOf, presetSchema, type Preset } from '@likeness/media-jobs'
import { ok, pageOf, route } from '@likeness/service-kit'
import { z } from 'zod'

import type { Context } from '../context.ts'

const { name, fit, width, height, enlarge, formats, quality } = presetSchema.shape

const presentedPreset = z
  .strictObject({
    name,
    fit: fit.describe('`cover` fills both sides and crops, `inside` fits into both, `width` goes by the width alone.'),
    width,
    height: height.unwrap().describe('Null where it goes by the width alone.'),
    enlarge: enlarge.unwrap().describe('Whether a smaller source is enlarged.'),
    formats: formats.unwrap().describe('Of a plain picture: alpha and animation change them.'),
    quality: quality.unwrap().describe('By format, 1 to 100.'),
    fingerprint: z.string().describe('Of its renditions where no focal point is set: what has another is stale.'),
  })
  .meta({ id: 'Preset' })

export const presetRoutes = ({ presets }: Context) => [
  route({
    method: 'get',
    path: '/presets',
    access: 'signed-in',
    summary: 'The presets: which sizes every picture comes in',
    description: 'In the order of the file of presets; what is rendered by an older definition is `stale` until then.',
    answers: { 200: pageOf(presentedPreset) },
    async handle() {
      const data = presets.current().map(presentPreset)
      return ok({ data, page: { limit: data.length, next: null } })
    },
  }),
]

const presentPreset = (preset: Preset) => ({ ...preset, fingerprint: fingerprintOf(preset, null) })
