import { z } from 'zod'

import { orNull } from './or-null.ts'
import { createdAt, updatedAt } from './times.ts'
import { userStatuses } from './users.ts'

export const userStatus = z.enum([...userStatuses, 'deleted']).meta({
  id: 'UserStatus',
  description:
    '`active`: can log in. `invited`: has not accepted the invitation yet. `unverified`: has not confirmed the email ' +
    'address yet. `suspended`: cannot log in until an administrator activates the user. `deleted`: can be restored for ' +
    '`ERASURE_DAYS` days.',
})

/** An email address in a response. */
export const presentedEmail = z.string().meta({ format: 'email', description: 'Email address, as the user wrote it.' })

const profileValue = z.union([z.string(), z.number(), z.boolean(), z.null()])

export const avatarSchema = z
  .object({
    mediaId: z.uuid().describe('Id of the picture, a media.'),
    urls: z
      .record(z.string(), z.string().meta({ format: 'uri-reference', description: 'URL of this size.' }))
      .describe(
        'URL of each size, by the name of its preset, such as `thumb`. The `Accept` header selects the format. The URLs ' +
          'need no token, and caches can keep the pictures.',
      ),
  })
  .meta({
    id: 'Avatar',
    description:
      'The picture of a user. If its media becomes private or is moved to the trash, the URLs return 404, or 401 without ' +
      'a token.',
  })

/** A user, as main-service returns it to clients. auth-service returns it with the tokens of a login. */
export const userSchema = z
  .object({
    id: z.uuid().describe('Id of the user.'),
    email: presentedEmail,
    name: z.string().describe('Name of the user, for people.'),
    status: userStatus,
    roles: z
      .array(z.string().describe('Name of a role.'))
      .describe('Names of the roles that the user has now. Expired grants are left out.'),
    profile: z
      .record(z.string(), profileValue.describe('A simple value.'))
      .describe('Custom fields of the user, by name. Empty if there are none.'),
    avatar: orNull(avatarSchema).describe('The picture of the user; null if there is none.'),
    locale: z
      .string()
      .nullable()
      .describe('Preferred language, as a language tag (BCP 47) such as `de-CH`; null if not set.'),
    emailVerifiedAt: z.iso
      .datetime()
      .nullable()
      .describe('Time at which the email address was verified; null if it is not verified.'),
    mfaEnabled: z.boolean().describe('Always false: multi-factor authentication is not implemented.'),
    lastLoginAt: z.iso.datetime().nullable().describe('Time of the last login; null if the user has never logged in.'),
    createdAt,
    updatedAt,
  })
  .meta({ id: 'User', description: 'A user: a person with an account.' })

export type User = z.output<typeof userSchema>
