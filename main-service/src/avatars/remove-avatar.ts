import { changeUser, type UserChange } from '../accounts/change-user.ts'
import type { Maindb } from '../maindb.ts'
import { setAvatarMedia } from '../users/user-rows.ts'

/**
 * Removes a user's avatar. The media itself is not deleted.
 *
 * @throws {Problem} 404, 412, 403 `user-exceeds-own`.
 */
export async function removeAvatar(maindb: Maindb, change: UserChange): Promise<void> {
  await changeUser(maindb, 'user.avatar-changed', change, (unit, user) => setAvatarMedia(unit, user, null))
}
