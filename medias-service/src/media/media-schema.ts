import { label, text, uuid } from '@likeness/internal-api'
import { z } from 'zod'

const focalPoint = z.strictObject({
  x: z.number().min(0).max(1).describe('Fraction of the width, from the left.'),
  y: z.number().min(0).max(1).describe('Fraction of the height, from the top.'),
})

const title = text(300)
const alt = text(2_000).describe('Alternative text for people who cannot see the picture.')
const visibility = z.enum(['private', 'public']).describe('`public`: everybody can read the media without a token.')
/** A tag, given by its slug or by its name. */
const tagName = label(100)
const MAX_TAGS = 50
const tooManyTags = `must have at most ${MAX_TAGS} tags`
/** The pattern of a coordinate. It is unambiguous, so that a match of a field of 64 KiB does not backtrack. */
const coordinate = String.raw`\s*(?:\d+(?:\.\d+)?|\.\d+)\s*`

export const mediaId = z.strictObject({ id: uuid.describe('Id of the media.') })

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
    .refine((names) => names.length <= MAX_TAGS, tooManyTags)
    .pipe(z.array(tagName))
    .default([])
    .describe(
      `Slugs or names of tags, at most ${MAX_TAGS}. Separate them with commas, or repeat the field. Unknown tags are created, which requires \`tags:create\`.`,
    ),
  focalPoint: z
    .string()
    .regex(new RegExp(`^${coordinate},${coordinate}$`), 'must be x,y with both from 0 to 1')
    .transform((given) => {
      const [x, y] = given.split(',').map(Number)
      return { x, y }
    })
    .pipe(focalPoint)
    .optional()
    .describe('The point that crops keep in view, as `x,y`: fractions of the width and the height, such as `0.5,0.3`.'),
})

export type UploadFields = z.output<typeof uploadFields>

export const mediaChanges = z.strictObject({
  title: title.optional(),
  alt: alt.optional(),
  visibility: visibility.optional(),
  focalPoint: focalPoint
    .nullable()
    .optional()
    .describe('The point that crops keep in view. Null: crops keep the part that attracts the most attention.'),
})

export type MediaChanges = z.output<typeof mediaChanges>

export const mediaTags = z.strictObject({
  tags: z.array(tagName).max(MAX_TAGS, tooManyTags).describe('Slugs or names of tags.'),
})

const sizeSchema = z
  .object({
    preset: z.string(),
    format: z.string(),
    width: z.int(),
    height: z.int(),
    bytes: z.int(),
    url: z.string().describe('Path on this service. The request requires a token unless the media is public.'),
    stale: z
      .boolean()
      .describe('Whether the preset, the focal point or the render pipeline has changed since this size was rendered.'),
  })
  .meta({ id: 'Size' })

export const versionSchema = z
  .object({
    number: z.int(),
    sha256: z.string(),
    bytes: z.int(),
    width: z
      .int()
      .nullable()
      .describe('Width in pixels, after the rotation that EXIF requests. Null until it is known.'),
    height: z
      .int()
      .nullable()
      .describe('Height in pixels, after the rotation that EXIF requests. Null until it is known.'),
    format: z.string().nullable().describe('Format of the original, such as `jpeg`. Null for files without sizes.'),
    animated: z.boolean().nullable(),
    hasAlpha: z.boolean().nullable(),
    thumbhash: z.string().nullable().describe('ThumbHash of the picture, a tiny placeholder, in base64.'),
    dominantColor: z.string().nullable().describe('The dominant colour, as `#rrggbb`.'),
    camera: z
      .object({ make: z.string().nullable(), model: z.string().nullable() })
      .nullable()
      .describe('Make and model as the camera wrote them. Null if the file has neither.'),
    takenAt: z
      .string()
      .nullable()
      .describe(
        "Time when the photo was taken. If the file contains the offset of the camera's clock from UTC, the time is in UTC and ends with `Z`. Otherwise, it is the local time of the camera, without an offset. Null if the file has no time.",
      ),
    status: z.enum(['queued', 'processing', 'ready', 'failed']),
    error: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .describe('Code and message of the failure. Null unless the version has failed.'),
    derivedFrom: z.int().nullable().describe('Reserved for edited versions. Always null.'),
    operations: z.array(z.unknown()).describe('Reserved for edited versions. Always empty.'),
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
      .describe('Id and name of the owner, only in lists. Null while main-service is unavailable.'),
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
