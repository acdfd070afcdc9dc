import { label, text } from '@likeness/service-kit'
import { z } from 'zod'

const focalPoint = z.strictObject({ x: z.number().min(0).max(1), y: z.number().min(0).max(1) })

const title = text(300)
const alt = text(2_000)
const visibility = z.enum(['private', 'public'])
/** A tag as a client names it: by its slug or by its name. */
const tagName = label(100)

export const mediaId = z.strictObject({ id: z.uuid() })

/** The fields beside the files of an upload: form fields are text, so some are read from it. */
export const uploadFields = z.strictObject({
  title: title.optional(),
  alt: alt.optional(),
  visibility: visibility.default('private'),
  tags: z
    .union([z.string(), z.array(z.string())])
    .transform((given) =>
      [given]
        .flat()
        .flatMap((names) => names.split(','))
        .map((name) => name.trim())
        .filter(Boolean),
    )
    .pipe(z.array(tagName).max(50, 'must be at most 50'))
    .default([])
    .describe('Slugs or names, repeated or separated by commas.'),
  focalPoint: z
    .string()
    .regex(/^\s*\d*\.?\d+\s*,\s*\d*\.?\d+\s*$/, 'must be x,y with both from 0 to 1')
    .transform((given) => {
      const [x, y] = given.split(',').map(Number)
      return { x, y }
    })
    .pipe(focalPoint)
    .optional()
    .describe('`x,y`, each from 0 to 1.'),
})

export type UploadFields = z.output<typeof uploadFields>

export const mediaChanges = z.strictObject({
  title: title.optional(),
  alt: alt.optional(),
  visibility: visibility.optional(),
  focalPoint: focalPoint.nullable().optional(),
})

export type MediaChanges = z.output<typeof mediaChanges>

export const mediaTags = z.strictObject({ tags: z.array(tagName).max(50, 'must be at most 50') })

const sizeSchema = z
  .object({
    preset: z.string(),
    format: z.string(),
    width: z.int(),
    height: z.int(),
    bytes: z.int(),
    url: z.string().describe('From the origin of this service; needs a token unless the media is public.'),
    stale: z.boolean().describe('Whether the preset, the focal point or the pipeline has changed since.'),
  })
  .meta({ id: 'Size' })

export const versionSchema = z
  .object({
    number: z.int(),
    sha256: z.string(),
    bytes: z.int(),
    width: z.int().nullable().describe('Upright.'),
    height: z.int().nullable().describe('Upright.'),
    format: z.string().nullable(),
    animated: z.boolean().nullable(),
    hasAlpha: z.boolean().nullable(),
    thumbhash: z.string().nullable().describe('Base64.'),
    dominantColor: z.string().nullable().describe('#rrggbb.'),
    status: z.enum(['queued', 'processing', 'ready', 'failed']),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    derivedFrom: z.int().nullable(),
    operations: z.array(z.unknown()),
    sizes: z.array(sizeSchema),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Version' })

export const tagReference = z.object({ id: z.uuid(), slug: z.string(), name: z.string() })

export const mediaSchema = z
  .object({
    id: z.uuid(),
    ownerId: z.uuid(),
    owner: z
      .object({ id: z.uuid(), name: z.string() })
      .nullable()
      .optional()
      .describe('In lists: the owner by name, null while main-service cannot be asked.'),
    title: z.string(),
    alt: z.string(),
    filename: z.string(),
    mimeType: z.string(),
    kind: z.enum(['image', 'file']),
    visibility,
    status: z.enum(['processing', 'ready', 'failed']),
    focalPoint: focalPoint.nullable(),
    tags: z.array(tagReference),
    currentVersion: versionSchema.nullable(),
    trashedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Media' })
