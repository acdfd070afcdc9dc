import type { ProblemGuide, SharedProblem } from '@likeness/internal-api'
import { accountErrors, explain, problemsOf, type ErrorSection } from '@likeness/service-kit/http'

import { mainProblems, type MainProblemCode } from './problems.ts'

/** The explanation of each problem of main-service, in the order of docs/errors.md. */
const mainGuide: Record<Exclude<MainProblemCode, SharedProblem['code']>, ProblemGuide> = {
  'grant-exceeds-own': {
    meaning: 'You can only grant or revoke permissions that you have.',
    cause:
      'The request grants or revokes a permission that you do not have, or grants it for longer than you have it. A role grants all of its permissions, and an API key grants the permissions of the key.',
    action:
      'Choose roles or permissions that you have yourself, or an earlier expiry. Otherwise ask an administrator to make the change.',
  },
  'user-exceeds-own': {
    meaning: 'You can only change or export users whose permissions you have too.',
    cause:
      'The request changes or exports a user, or changes a role of a user, who has a permission that you do not have. This protects administrators from users with fewer permissions.',
    action: 'Ask a user who has all permissions of the affected user to make the request.',
  },
  'last-admin': {
    cause:
      'After the change, no active user would have the permission `*` without expiry, so nobody could manage the system.',
    action: 'Make another active user an administrator without expiry, then repeat the change.',
  },
  'role-name-taken': {
    cause:
      'Each role must have a unique name. Names that differ only in case, or that look the same, such as `AI` and `Al`, count as the same name.',
    action: 'Choose another name, or change the existing role.',
  },
  'role-seeded': {
    cause: 'The roles that were created with the database keep their names and cannot be deleted.',
    action: "Create a role of your own. A built-in role's permissions can be changed.",
  },
  'role-in-use': {
    meaning: 'At least one user has this role. Add `?force=true` to delete the role anyway.',
    cause: 'A user has the role permanently, or until it expires.',
    action:
      'Remove the role from its users first, or add `?force=true`. `GET /roles/{id}/users` lists the users. `POST /access/preview` lists the permissions that they would lose.',
  },
  'permission-name-taken': {
    cause: 'Each permission must have a unique name.',
    action: 'Choose another name, or use the existing permission.',
  },
  'permission-seeded': {
    cause: 'The services check the name of this permission, so it must not change.',
    action: 'Create a permission of your own. The description of a built-in permission can be changed.',
  },
  'permission-in-use': {
    cause:
      'At least one role has the permission. Renaming or deleting the permission would change the rights of every user with this role.',
    action: 'Remove the permission from every role, then repeat the request.',
  },
  'too-many-keys': {
    cause: 'A user can have at most 50 API keys that are neither expired nor revoked.',
    action: 'Revoke a key that is not used any more. `GET /api-keys` lists your keys with the time of their last use.',
  },
  'avatar-media-unknown': {
    cause: 'No media has this id, or you do not have access to the media.',
    action: 'Upload the picture to medias-service first, and send the id of the media.',
  },
  'avatar-not-an-image': {
    cause: 'The media is a file without sizes, or it is in the trash.',
    action: 'Choose an image, or restore the media from the trash.',
  },
  'avatar-not-public': {
    cause: 'The media is private. Only its owner, and callers with `media:read`, could load the URLs of the avatar.',
    action:
      'Send `PATCH /media/:id` with `{"visibility": "public"}`, then repeat the request. Or choose a public media.',
  },
  'avatar-failed': {
    cause: 'The status of the media is `failed`: it has no sizes that anybody could load.',
    action: 'Choose another picture. `currentVersion.error` of the media has the reason of the failure.',
  },
  'too-many-exports': {
    cause: 'A process of main-service runs at most 4 exports at once, and at most 2 for one caller.',
    action: 'Wait for the number of seconds in the `Retry-After` header, then try again.',
  },
}

/** The sections of main-service's page of error codes. */
export const mainErrors = (): ErrorSection[] => [
  accountErrors(),
  {
    title: 'Users, roles and permissions',
    introduction: 'main-service returns these codes.',
    entries: explain(problemsOf(mainProblems), mainGuide),
  },
]
