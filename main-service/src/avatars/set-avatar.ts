import { problems } from '@likeness/service-kit/process'

import { assertInScope, changeUser, type UserChange } from '../accounts/change-user.ts'
import type { Context } from '../context.ts'
import { findUser, setAvatarMedia, type UserRow } from '../users/user-rows.ts'
import { readAvatarMedia } from './avatar-media.ts'

/**
 * Sets a user's avatar. Calls medias-service before the transaction begins, so that no transaction is open during the
 * call.
 *
 * @throws {Problem} 404, 412, 422 `avatar-media-unknown`, `avatar-not-an-image`, `avatar-not-public` or
 *   `avatar-failed`, 403 `user-exceeds-own`, 503 if medias-service is unavailable.
 */
export async function setAvatar(
  { maindb, mediasService }: Context,
  change: UserChange,
  mediaId: string,
): Promise<UserRow> {
  const { userId, caller, scope } = change
  assertInScope(scope, caller, userId)
  if (!(await findUser(maindb, userId))) throw problems.notFound('user')
  const avatar = await readAvatarMedia(mediasService, { mediaId, caller })
  return changeUser(maindb, 'user.avatar-changed', change, (unit, user) => setAvatarMedia(unit, user, avatar))
}
