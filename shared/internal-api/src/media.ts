import { z } from 'zod'

import { orNull } from './or-null.ts'
import { createdAt, updatedAt } from './times.ts'

const sourceFormats = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff', 'heic', 'svg'] as const
const renditionFormats = ['avif', 'jpeg', 'webp', 'png', 'gif'] as const

export const mediaStatus = z.enum(['processing', 'ready', 'failed']).meta({
  id: 'MediaStatus',
  description:
    '`processing`: no version is ready yet. `ready`: the current version is ready. `failed`: no version is ready, and the ' +
    'newest has failed.',
})

export const visibility = z.enum(['private', 'public']).meta({
  id: 'Visibility',
  description:
    '`private`, the default: requests need a token and a permission. `public`: everybody can read the media without a token.',
})

export const focalPointSchema = z
  .strictObject({
    x: z.number().min(0).max(1).describe('Fraction of the width, from the left: 0 to 1.'),
    y: z.number().min(0).max(1).describe('Fraction of the height, from the top: 0 to 1.'),
  })
  .meta({ id: 'FocalPoint', description: 'The point of a picture that crops keep in view.' })

const pixels = (side: string) => z.int().min(1).describe(`${side} in pixels.`)

const sizeSchema = z
  .object({
    preset: z.string().describe('Name of the preset, such as `thumb`. `GET /presets` lists the presets.'),
    format: z.enum(renditionFormats).describe('Format of the picture.'),
    width: pixels('Width'),
    height: pixels('Height'),
    bytes: z.int().min(0).describe('Size of the file in bytes.'),
    url: z.string().meta({
      format: 'uri-reference',
      description: 'URL of the picture. The request needs a token unless the media is public.',
    }),
    stale: z
      .boolean()
      .describe('Whether the preset, the focal point or the render pipeline has changed since this size was rendered.'),
  })
  .meta({ id: 'Size', description: 'A version of a picture, rendered in the size of a preset and in one format.' })

const cameraSchema = z
  .object({
    make: z.string().nullable().describe('Make of the camera, as the camera wrote it; null if the file has none.'),
    model: z.string().nullable().describe('Model of the camera, as the camera wrote it; null if the file has none.'),
  })
  .meta({ id: 'Camera', description: 'The camera that took a picture.' })

const failureSchema = z
  .object({
    code: z
      .string()
      .describe('Stable code of the failure, such as `corrupt-image`. `/docs/errors` explains each code.'),
    message: z.string().describe('The reason as a sentence for people.'),
  })
  .meta({ id: 'VersionError', description: 'The reason why a version cannot be rendered.' })

const upright = (side: string) =>
  z
    .int()
    .min(1)
    .nullable()
    .describe(
      `${side} in pixels, after the rotation that EXIF requests. Null until the picture is rendered, and for files that are not pictures.`,
    )

export const versionSchema = z
  .object({
    number: z.int().min(1).describe('Number of the version in its media, from 1.'),
    sha256: z.string().describe('SHA-256 of the uploaded file: 64 hexadecimal digits.'),
    bytes: z.int().min(0).describe('Size of the uploaded file in bytes.'),
    width: upright('Width'),
    height: upright('Height'),
    format: z
      .enum(sourceFormats)
      .nullable()
      .describe('Format of the uploaded picture; null for a file that is not a picture.'),
    animated: z.boolean().nullable().describe('Whether the picture is animated. Null until it is rendered.'),
    hasAlpha: z.boolean().nullable().describe('Whether the picture has transparency. Null until it is rendered.'),
    thumbhash: z
      .string()
      .nullable()
      .describe(
        'ThumbHash of the picture in base64: a placeholder of about 30 bytes to show until a size is loaded. Null until the picture is rendered.',
      ),
    dominantColor: z
      .string()
      .nullable()
      .describe('The dominant colour of the picture, as `#rrggbb`. Null until the picture is rendered.'),
    camera: orNull(cameraSchema).describe(
      'The camera; null if the file has neither a make nor a model, and until the picture is rendered.',
    ),
    takenAt: z
      .string()
      .nullable()
      .describe(
        "Time when the photo was taken (ISO 8601). If the file contains the offset of the camera's clock from UTC, the time is in UTC and ends with `Z`. Otherwise, it is the local time of the camera, without an offset. Null if the file has no time.",
      ),
    status: z
      .enum(['queued', 'processing', 'ready', 'failed'])
      .describe(
        '`queued`: waits for a worker. `processing`: is being rendered. `ready`: has its sizes. `failed`: cannot be rendered; `error` has the reason.',
      ),
    error: orNull(failureSchema).describe('Code and message of the failure. Null unless `status` is `failed`.'),
    derivedFrom: z.int().nullable().describe('Reserved for edited versions. Always null.'),
    operations: z.array(z.unknown().describe('An edit.')).describe('Reserved for edited versions. Always empty.'),
    sizes: z
      .array(sizeSchema)
      .describe('The rendered sizes, the narrowest first. Empty until the picture is rendered, and for other files.'),
    createdAt: z.iso.datetime().describe('Time of the upload (ISO 8601, UTC).'),
  })
  .meta({ id: 'Version', description: 'One uploaded file of a media, with its sizes.' })

const tagReferenceSchema = z
  .object({
    id: z.uuid().describe('Id of the tag.'),
    slug: z.string().describe('Form of the tag in URLs.'),
    name: z.string().describe('Name of the tag, for people.'),
  })
  .meta({ id: 'MediaTag', description: 'A tag of a media.' })

const ownerSchema = z
  .object({
    id: z.uuid().describe('Id of the user.'),
    name: z.string().describe('Name of the user, for people.'),
  })
  .meta({ id: 'MediaOwner', description: 'The user who owns a media.' })

/** A media, as medias-service returns it to clients. main-service returns it in the list of a user's media. */
export const mediaSchema = z
  .object({
    id: z.uuid().describe('Id of the media.'),
    ownerId: z.uuid().describe('Id of the user who owns the media.'),
    owner: orNull(ownerSchema)
      .optional()
      .describe(
        'The user who owns the media. Only in lists. Null if the user is deleted, or while main-service is unavailable.',
      ),
    title: z.string().describe('Title of the media; empty if none was given.'),
    alt: z.string().describe('Alternative text for people who cannot see the picture; empty if none was given.'),
    filename: z.string().describe('Name of the first uploaded file, without folders. At most 255 characters.'),
    mimeType: z
      .string()
      .describe('Media type of the current version, such as `image/jpeg`, read from the bytes of the file.'),
    kind: z
      .enum(['image', 'file'])
      .describe('`image`: a picture, which is rendered in sizes. `file`: any other file, which is stored as it is.'),
    visibility,
    status: mediaStatus,
    focalPoint: orNull(focalPointSchema).describe(
      'The point that crops keep in view. Null: crops keep the part that attracts the most attention.',
    ),
    tags: z.array(tagReferenceSchema).describe('Tags of the media, by slug.'),
    currentVersion: orNull(versionSchema).describe(
      'The newest version that is ready or, before any is ready, the newest version. Null only if the database has no version of the media, which no request can cause.',
    ),
    trashedAt: z.iso
      .datetime()
      .nullable()
      .describe('Time at which the media was moved to the trash; null if it is not in the trash.'),
    createdAt,
    updatedAt,
  })
  .meta({ id: 'Media', description: 'A picture or another file, with its tags and its current version.' })

export type Media = z.output<typeof mediaSchema>
export type Version = z.output<typeof versionSchema>
export type Size = z.output<typeof sizeSchema>
