import { label, text, uuid } from '@likeness/internal-api'
import { z } from 'zod'

const focalPoint = z.strictObject({ x: z.number().min(0).max(1), y: z.number().min(0).max(1) })

const title = text(300)
const alt = text(2_000)
const visibility = z.enum(['private', 'public'])
/** A tag, given by its slug or by its name. */
const tagName = label(100)
const MOST_TAGS = 50
const tooManyTags = `must be at most ${MOST_TAGS}`
/** A coordinate as text. The expression is unambiguous, so that a field of 64 KiB cannot make it backtrack. */
const part = String.raw`\s*(?:\d+(?:\.\d+)?|\.\d+)\s*`

export const mediaId = z.strictObject({ id: uuid })

/** The form fields of an upload. Form fields are text, so some are parsed. */
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
    .refine((names) => names.length <= MOST_TAGS, tooManyTags)
    .pipe(z.array(tagName))
    .default([])
    .describe('Slugs or names. Repeat the field, or separate them by commas.'),
  focalPoint: z
    .string()
    .regex(new RegExp(`^${part},${part}$`), 'must be x,y with both from 0 to 1')
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

export const mediaTags = z.strictObject({ tags: z.array(tagName).max(MOST_TAGS, tooManyTags) })

const sizeSchema = z
  .object({
    preset: z.string(),
    format: z.string(),
    width: z.int(),
    height: z.int(),
    bytes: z.int(),
    url: z.string().describe('Path on this service. Needs a token unless the media is public.'),
    stale: z
      .boolean()
      .describe('Whether the preset, the focal point or the pipeline has changed since it was rendered.'),
  })
  .meta({ id: 'Size' })

export const versionSchema = z
  .object({
    number: z.int(),
    sha256: z.string(),
    bytes: z.int(),
    width: z.int().nullable().describe('In pixels, upright.'),
    height: z.int().nullable().describe('In pixels, upright.'),
    format: z.string().nullable(),
    animated: z.boolean().nullable(),
    hasAlpha: z.boolean().nullable(),
    thumbhash: z.string().nullable().describe('Base64.'),
    dominantColor: z.string().nullable().describe('#rrggbb.'),
    camera: z
      .object({ make: z.string().nullable(), model: z.string().nullable() })
      .nullable()
      .describe('As the camera wrote it; null when the file has neither.'),
    takenAt: z
      .string()
      .nullable()
      .describe(
        "Time of the photo: in UTC with a `Z` if the file has the camera's offset, otherwise by the camera's clock.",
      ),
    status: z.enum(['queued', 'processing', 'ready', 'failed']),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    derivedFrom: z.int().nullable(),
    operations: z.array(z.unknown()),
    sizes: z.array(sizeSchema),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Version' })

export type SizeAnswer = z.output<typeof sizeSchema>
export type VersionAnswer = z.output<typeof versionSchema>

const tagReference = z.object({ id: z.uuid(), slug: z.string(), name: z.string() })

export const mediaSchema = z
  .object({
    id: z.uuid(),
    ownerId: z.uuid(),
    owner: z
      .object({ id: z.uuid(), name: z.string() })
      .nullable()
      .optional()
      .describe('In lists only. Null while main-service is unavailable.'),
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

export type MediaAnswer = z.output<typeof mediaSchema>
