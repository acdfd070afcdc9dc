import { fingerprintOf, presetSchema, type Preset } from '@likeness/media-jobs'
import { ok, pageBounds, pageOf } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'

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
    // In the order of the file: the cursor is the name of the last before it.
    query: z.object(pageBounds),
    answers: { 200: pageOf(presentedPreset) },
    async handle({ query: { limit, after } }) {
      const all = presets.current()
      const start = after === undefined ? 0 : all.findIndex((preset) => preset.name === after) + 1
      if (after !== undefined && start === 0) {
        throw problems.invalid([{ path: 'query.after', message: 'is no cursor of this list, or of one of before' }])
      }
      const shown = all.slice(start, start + limit)
      const next = start + limit < all.length ? (shown.at(-1)?.name ?? null) : null
      return ok({ data: shown.map(presentPreset), page: { limit, next } })
    },
  }),
]

function presentPreset(preset: Preset): z.output<typeof presentedPreset> {
  return { ...preset, fingerprint: fingerprintOf(preset, null) }
}
