import { problems } from '@likeness/service-kit/process'

import { assertInScope, changeUser, type UserChange } from '../accounts/change-user.ts'
import type { Context } from '../context.ts'
import { findUser, setAvatarMedia, type UserRow } from '../users/user-rows.ts'
import { assertUsableAsAvatar } from './avatar-media.ts'

/**
 * Sets a user's avatar. Calls medias-service before the transaction begins, so that no transaction is open during the
 * call.
 *
 * @throws {Problem} 404, 412, 422 `avatar-media-unknown` or `avatar-not-an-image`, 403 `avatar-not-yours` or
 *   `user-exceeds-own`, 503 if medias-service is unavailable.
 */
export async function setAvatar(
  { maindb, mediasService }: Context,
  change: UserChange,
  mediaId: string,
): Promise<UserRow> {
  const { userId, caller, scope } = change
  assertInScope(scope, caller, userId)
  if (!(await findUser(maindb, userId))) throw problems.notFound('user')
  await assertUsableAsAvatar(mediasService, { mediaId, userId, caller })
  return changeUser(maindb, 'user.avatar-changed', change, (unit, user) => setAvatarMedia(unit, user, mediaId))
}
