import { focalPointSchema, label, orNull, text, uuid, visibility } from '@likeness/internal-api'
import { elsewhere } from '@likeness/service-kit/process'
import { z } from 'zod'

const title = text(300).describe('Title of at most 300 characters. Default: empty.')
const alt = text(2_000).describe(
  'Alternative text for people who cannot see the picture, at most 2000 characters. Default: empty.',
)
const tagName = label(100).describe('Slug or name of a tag, at most 100 characters.')
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
    // A form with one field of this name is parsed as a text, not as a list.
    .meta({
      type: 'array',
      items: { type: 'string' },
      description: `Slugs or names of tags, at most ${MAX_TAGS}. Repeat the field, or separate tags with commas. Unknown tags are created, which requires \`tags:create\`.`,
    }),
  focalPoint: z
    .string()
    .regex(new RegExp(`^${coordinate},${coordinate}$`), 'must be x,y with both from 0 to 1')
    .transform((given) => {
      const [x = 0, y = 0] = given.split(',').map(Number)
      return { x, y }
    })
    .refine(({ x, y }) => x <= 1 && y <= 1, 'must be x,y with both from 0 to 1')
    .optional()
    .describe('The point that crops keep in view, as `x,y`: fractions of the width and the height, such as `0.5,0.3`.'),
})

export type UploadFields = z.output<typeof uploadFields>

export const mediaChanges = z
  .strictObject({
    title: text(300).optional().describe('New title of at most 300 characters.'),
    alt: text(2_000).optional().describe('New alternative text of at most 2000 characters.'),
    visibility: visibility.optional(),
    focalPoint: orNull(focalPointSchema)
      .optional()
      .describe('The point that crops keep in view. Null: crops keep the part that attracts the most attention.'),
  })
  .register(elsewhere, { tags: 'set the tags with PUT /media/{id}/tags' })

export type MediaChanges = z.output<typeof mediaChanges>

export const mediaTags = z.strictObject({
  tags: z
    .array(tagName)
    .max(MAX_TAGS, tooManyTags)
    .describe(`Slugs or names of all tags that the media has afterwards, at most ${MAX_TAGS}.`),
})
