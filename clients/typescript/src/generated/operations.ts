// Generated from docs/openapi.json by `npm run client`. Do not edit.

import { call, path, type Call, type CallOptions } from '../call.ts'
import type { Client } from '../client.ts'
import type {
  AcceptInvitationRequest,
  ApiKey,
  ApiKeyPage,
  AuditEntryPage,
  ChangePasswordRequest,
  CreateApiKeyRequest,
  CreateInvitationRequest,
  CreatePermissionRequest,
  CreateRegenerationRequest,
  CreateRoleRequest,
  CreateTagRequest,
  CreateTokenRequest,
  CreateUserRequest,
  DeadJob,
  DeadJobPage,
  DeleteCurrentUserRequest,
  DeleteMediaParams,
  DeleteRoleParams,
  DownloadOriginalParams,
  DownloadSizeParams,
  ExplainAccessParams,
  Explanation,
  Feature,
  Features,
  FleetConcurrency,
  FleetPause,
  GetFeatureParams,
  GrantRoleRequest,
  Invitation,
  InvitationPage,
  JobStats,
  ListApiKeysParams,
  ListAuditEntriesParams,
  ListDeadJobsParams,
  ListFeaturesParams,
  ListInvitationsParams,
  ListMediaParams,
  ListPermissionsParams,
  ListPresetsParams,
  ListRegenerationsParams,
  ListRoleUsersParams,
  ListRolesParams,
  ListTagsParams,
  ListUserCardsParams,
  ListUserMediaParams,
  ListUsersParams,
  LoginRequest,
  Media,
  MediaPage,
  MergeTagRequest,
  NewApiKey,
  OAuthToken,
  Permission,
  PermissionPage,
  PresetPage,
  PreviewRoleParams,
  PreviewRoleRequest,
  PublicKeys,
  RefreshTokensRequest,
  Regeneration,
  RegenerationDetails,
  RegenerationPage,
  RegisterRequest,
  RequeueDeadJobsRequest,
  Requeued,
  Role,
  RolePage,
  RolePreview,
  ServerMetadata,
  SessionPage,
  SetAvatarRequest,
  SetConcurrencyRequest,
  SetMediaTagsRequest,
  SetRolePermissionsRequest,
  SetUserRolesRequest,
  Tag,
  TagPage,
  TokenClaims,
  Tokens,
  UpdateCurrentUserRequest,
  UpdateMediaRequest,
  UpdatePermissionRequest,
  UpdateRoleRequest,
  UpdateTagRequest,
  UpdateUserRequest,
  UploadMediaRequest,
  UploadResults,
  UploadVersionRequest,
  User,
  UserCard,
  UserCardList,
  UserPage,
  Version,
  VersionPage,
} from './models.ts'

/** The bodies of the responses of `acceptInvitation`, and the codes of its problems, by status. */
export interface AcceptInvitationAnswers {
  201: Tokens
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  404: 'invitation-invalid'
  408: 'request-timeout'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-attempts' | 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable' | 'overloaded'
}

/**
 * Accept an invitation and log in
 *
 * Sets the password, activates the account, opens a session and returns its tokens. Also possible while
 * registration is closed.
 *
 * Requires no token.
 */
export const acceptInvitation = (
  client: Client,
  body: AcceptInvitationRequest,
  options?: CallOptions,
): Call<AcceptInvitationAnswers> =>
  call(client, 'POST', '/auth/invitations/accept', { json: body, open: true }, options)

/** The bodies of the responses of `cancelRegeneration`, and the codes of its problems, by status. */
export interface CancelRegenerationAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  409: 'regeneration-done'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Cancel a regeneration
 *
 * Workers finish the pictures that they are rendering, and start no other pictures. Sizes that are already
 * rendered stay. A repeated cancellation returns 204.
 *
 * Requires the permission `jobs:write`; `jobs:write:own` is not sufficient.
 */
export const cancelRegeneration = (
  client: Client,
  id: string,
  options?: CallOptions,
): Call<CancelRegenerationAnswers> => call(client, 'DELETE', path`/regenerations/${id}`, {}, options)

/** The bodies of the responses of `changePassword`, and the codes of its problems, by status. */
export interface ChangePasswordAnswers {
  204: undefined
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'session-required' | 'wrong-password'
  408: 'request-timeout'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-attempts' | 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable' | 'overloaded' | 'revocations-unavailable'
}

/**
 * Change the password
 *
 * Replaces the caller's password and ends every other session of the caller. After 10 failed attempts within 15
 * minutes, further attempts are rejected with 429 and `Retry-After`.
 *
 * Requires a token, but no permission.
 */
export const changePassword = (
  client: Client,
  body: ChangePasswordRequest,
  options?: CallOptions,
): Call<ChangePasswordAnswers> => call(client, 'POST', '/auth/password/change', { json: body }, options)

/** The bodies of the responses of `createApiKey`, and the codes of its problems, by status. */
export interface CreateApiKeyAnswers {
  201: NewApiKey
  400: 'incomplete-body' | 'invalid-idempotency-key' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'feature-disabled' | 'grant-exceeds-own' | 'session-required'
  408: 'request-timeout'
  409: 'answer-not-repeatable' | 'idempotency-key-in-use' | 'too-many-keys'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'idempotency-key-reused' | 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Create an API key
 *
 * Store `key`: no other response contains it. Send the key to any service as `Authorization: Bearer key_…`. A
 * request with the key has the listed `permissions`, limited to the current permissions of the user who created
 * the key.
 *
 * Requires a token, but no permission.
 *
 * Requires the feature `api-keys`; if the feature is off, the response is 403 `feature-disabled`.
 */
export const createApiKey = (
  client: Client,
  body: CreateApiKeyRequest,
  options?: CallOptions,
): Call<CreateApiKeyAnswers> => call(client, 'POST', '/api-keys', { json: body, once: true }, options)

/** The bodies of the responses of `createInvitation`, and the codes of its problems, by status. */
export interface CreateInvitationAnswers {
  201: Invitation
  400: 'incomplete-body' | 'invalid-idempotency-key' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'grant-exceeds-own' | 'user-exceeds-own'
  408: 'request-timeout'
  409: 'email-taken' | 'idempotency-key-in-use'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'idempotency-key-reused' | 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Invite a user by mail
 *
 * Creates a user with the status `invited`, and sends a mail with a link that works once, for 7 days. If the user
 * is already `invited`, the request replaces their roles and sends a new link, and the old link stops working.
 *
 * Requires the permission `users:create`; `users:create:own` is not sufficient.
 */
export const createInvitation = (
  client: Client,
  body: CreateInvitationRequest,
  options?: CallOptions,
): Call<CreateInvitationAnswers> => call(client, 'POST', '/users/invitations', { json: body, once: true }, options)

/** The bodies of the responses of `createPermission`, and the codes of its problems, by status. */
export interface CreatePermissionAnswers {
  201: Permission
  400: 'incomplete-body' | 'invalid-idempotency-key' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  409: 'idempotency-key-in-use' | 'permission-name-taken'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'idempotency-key-reused' | 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Create a permission
 *
 * Likeness checks only the permissions that its routes require, and wildcards that include them. You can create
 * other permissions for your own services, because the access tokens of users contain all permissions.
 *
 * Requires the permission `permissions:write`; `permissions:write:own` is not sufficient.
 */
export const createPermission = (
  client: Client,
  body: CreatePermissionRequest,
  options?: CallOptions,
): Call<CreatePermissionAnswers> => call(client, 'POST', '/permissions', { json: body, once: true }, options)

/** The bodies of the responses of `createRegeneration`, and the codes of its problems, by status. */
export interface CreateRegenerationAnswers {
  202: Regeneration
  400: 'incomplete-body' | 'invalid-idempotency-key' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  409: 'idempotency-key-in-use'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'idempotency-key-reused' | 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Start a regeneration
 *
 * Renders stale and missing sizes, or all sizes, of the media in the library. Older versions are included, and
 * media in the trash are not. Uploads have priority. Until the new sizes are ready, the old sizes are served.
 * Sizes of deleted presets and formats are removed.
 *
 * Requires the permission `jobs:write`; `jobs:write:own` is not sufficient.
 */
export const createRegeneration = (
  client: Client,
  body: CreateRegenerationRequest,
  options?: CallOptions,
): Call<CreateRegenerationAnswers> => call(client, 'POST', '/regenerations', { json: body, once: true }, options)

/** The bodies of the responses of `createRole`, and the codes of its problems, by status. */
export interface CreateRoleAnswers {
  201: Role
  400: 'incomplete-body' | 'invalid-idempotency-key' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'grant-exceeds-own'
  408: 'request-timeout'
  409: 'idempotency-key-in-use' | 'role-name-taken'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'idempotency-key-reused' | 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Create a role
 *
 * The caller must have every permission of the new role.
 *
 * Requires the permission `roles:write`; `roles:write:own` is not sufficient.
 */
export const createRole = (client: Client, body: CreateRoleRequest, options?: CallOptions): Call<CreateRoleAnswers> =>
  call(client, 'POST', '/roles', { json: body, once: true }, options)

/** The bodies of the responses of `createTag`, and the codes of its problems, by status. */
export interface CreateTagAnswers {
  201: Tag
  400: 'incomplete-body' | 'invalid-idempotency-key' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  409: 'idempotency-key-in-use' | 'tag-exists'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'idempotency-key-reused' | 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Create a tag
 *
 * Names and slugs of tags are unique. Names that differ only in case or accents are the same name.
 *
 * Requires the permission `tags:create`, or `tags:create:own` for your own data.
 */
export const createTag = (client: Client, body: CreateTagRequest, options?: CallOptions): Call<CreateTagAnswers> =>
  call(client, 'POST', '/tags', { json: body, once: true }, options)

/** The bodies of the responses of `createToken`, and the codes of its problems, by status. */
export interface CreateTokenAnswers {
  200: OAuthToken
  400: 'malformed-request'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-attempts' | 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable'
}

/**
 * Exchange an API key for an access token
 *
 * Supports two grants:
 *
 * - Client credentials (RFC 6749 §4.4): the client id is the id of an API key, and the client secret is the key.
 * - Token exchange (RFC 8693): `subject_token` is the key, and `subject_token_type` is
 * `urn:likeness:params:oauth:token-type:api-key`. No client id is needed.
 *
 * With `scope`, the token has only the listed permissions of the key. Errors have the format of RFC 6749 §5.2:
 * 401 `invalid_client`, 400 `invalid_request`, `invalid_scope` or `unsupported_grant_type`. After 100 wrong
 * client secrets and other tokens from one network address within 15 minutes, further wrong ones are answered
 * with a problem, 429 `too-many-attempts`.
 *
 * Requires no token.
 */
export const createToken = (
  client: Client,
  body: CreateTokenRequest,
  options?: CallOptions,
): Call<CreateTokenAnswers> => call(client, 'POST', '/oauth/token', { urlencoded: body, open: true }, options)

/** The bodies of the responses of `createUser`, and the codes of its problems, by status. */
export interface CreateUserAnswers {
  201: User
  400: 'incomplete-body' | 'invalid-idempotency-key' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'grant-exceeds-own'
  408: 'request-timeout'
  409: 'email-taken' | 'idempotency-key-in-use'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'idempotency-key-reused' | 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Create a user
 *
 * With a password, the user is `active` and can log in immediately. Without a password, the user is `invited` and
 * receives a mail with a link to choose one.
 *
 * Requires the permission `users:create`; `users:create:own` is not sufficient.
 */
export const createUser = (client: Client, body: CreateUserRequest, options?: CallOptions): Call<CreateUserAnswers> =>
  call(client, 'POST', '/users', { json: body, once: true }, options)

/** The bodies of the responses of `deleteCurrentUser`, and the codes of its problems, by status. */
export interface DeleteCurrentUserAnswers {
  204: undefined
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'wrong-password'
  408: 'request-timeout'
  409: 'last-admin'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-attempts' | 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Delete the current user
 *
 * Ends all sessions of the user, revokes their API keys and moves their media to the trash. For `ERASURE_DAYS`
 * days, an administrator can restore the user. After that, the user and their media are erased.
 *
 * Requires the permission `users:update`, or `users:update:own` for your own data.
 */
export const deleteCurrentUser = (
  client: Client,
  body: DeleteCurrentUserRequest,
  options?: CallOptions,
): Call<DeleteCurrentUserAnswers> => call(client, 'DELETE', '/users/me', { json: body }, options)

/** The bodies of the responses of `deleteMedia`, and the codes of its problems, by status. */
export interface DeleteMediaAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Delete a media
 *
 * Moves the media to the trash. The media can be restored for `TRASH_DAYS` days, 30 by default. With
 * `permanent=true`, the media and all its versions are deleted immediately and cannot be restored.
 *
 * Requires the permission `media:delete`, or `media:delete:own` for your own data.
 */
export const deleteMedia = (
  client: Client,
  id: string,
  query?: DeleteMediaParams,
  options?: CallOptions,
): Call<DeleteMediaAnswers> => call(client, 'DELETE', path`/media/${id}`, { query }, options)

/** The bodies of the responses of `deletePermission`, and the codes of its problems, by status. */
export interface DeletePermissionAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  409: 'permission-in-use' | 'permission-seeded'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Delete a permission
 *
 * Built-in permissions, and permissions that a role has, cannot be deleted.
 *
 * Requires the permission `permissions:write`; `permissions:write:own` is not sufficient.
 */
export const deletePermission = (client: Client, id: string, options?: CallOptions): Call<DeletePermissionAnswers> =>
  call(client, 'DELETE', path`/permissions/${id}`, {}, options)

/** The bodies of the responses of `deleteRole`, and the codes of its problems, by status. */
export interface DeleteRoleAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'grant-exceeds-own' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  409: 'last-admin' | 'role-in-use' | 'role-seeded'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Delete a role
 *
 * Deletes a role that no user has. With `force=true`, also deletes a role that users have. These users lose the
 * permissions of the role. Built-in roles cannot be deleted. `POST /access/preview` with an empty list of
 * permissions lists the affected users.
 *
 * Requires the permission `roles:write`; `roles:write:own` is not sufficient.
 */
export const deleteRole = (
  client: Client,
  id: string,
  query?: DeleteRoleParams,
  options?: CallOptions,
): Call<DeleteRoleAnswers> => call(client, 'DELETE', path`/roles/${id}`, { query }, options)

/** The bodies of the responses of `deleteTag`, and the codes of its problems, by status. */
export interface DeleteTagAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Delete a tag
 *
 * Removes the tag from all media and deletes the tag. With `tags:delete:own`, you can only delete tags that you
 * created.
 *
 * Requires the permission `tags:delete`, or `tags:delete:own` for your own data.
 */
export const deleteTag = (client: Client, id: string, options?: CallOptions): Call<DeleteTagAnswers> =>
  call(client, 'DELETE', path`/tags/${id}`, {}, options)

/** The bodies of the responses of `deleteUser`, and the codes of its problems, by status. */
export interface DeleteUserAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  409: 'last-admin'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Delete a user
 *
 * Ends all sessions of the user, revokes their API keys and moves their media to the trash. The user can be
 * restored for `ERASURE_DAYS` days. After that, the user and their media are erased. Users delete their own
 * account with `DELETE /users/me`, which requires their password.
 *
 * Requires the permission `users:delete`; `users:delete:own` is not sufficient.
 */
export const deleteUser = (client: Client, id: string, options?: CallOptions): Call<DeleteUserAnswers> =>
  call(client, 'DELETE', path`/users/${id}`, {}, options)

/** The bodies of the responses of `discardDeadJob`, and the codes of its problems, by status. */
export interface DiscardDeadJobAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Discard a dead job
 *
 * Deletes the job. Its version does not change: a failed version stays `failed`, with its error.
 *
 * Requires the permission `jobs:write`; `jobs:write:own` is not sufficient.
 */
export const discardDeadJob = (client: Client, id: string, options?: CallOptions): Call<DiscardDeadJobAnswers> =>
  call(client, 'DELETE', path`/jobs/dead/${id}`, {}, options)

/** The bodies of the responses of `downloadOriginal`, and the codes of its problems, by status. */
export interface DownloadOriginalAnswers {
  200: Response
  206: Response
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  404: 'not-found'
  408: 'request-timeout'
  412: 'precondition-failed'
  416: 'range-not-satisfiable'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503:
    | 'auth-service-unavailable'
    | 'database-unavailable'
    | 'file-unavailable'
    | 'revocations-unavailable'
    | 'store-unavailable'
}

/**
 * Download the original
 *
 * Returns the uploaded bytes. With `version`, the response never changes and caches can keep it for a year;
 * without `version`, caches must revalidate it. Supports ranges and conditional requests. SVG and files that are
 * not pictures are sent as attachments.
 *
 * Requires the permission `media:read`, or `media:read:own` for your own data. Public data requires no token.
 */
export const downloadOriginal = (
  client: Client,
  id: string,
  query?: DownloadOriginalParams,
  options?: CallOptions,
): Call<DownloadOriginalAnswers> => call(client, 'GET', path`/media/${id}/file`, { query }, options)

/** The bodies of the responses of `downloadSize`, and the codes of its problems, by status. */
export interface DownloadSizeAnswers {
  200: Response
  206: Response
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  404: 'no-such-format' | 'no-such-preset' | 'not-found' | 'size-not-ready'
  406: 'not-acceptable'
  408: 'request-timeout'
  412: 'precondition-failed'
  416: 'range-not-satisfiable'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503:
    | 'auth-service-unavailable'
    | 'database-unavailable'
    | 'file-unavailable'
    | 'revocations-unavailable'
    | 'store-unavailable'
}

/**
 * Download a size
 *
 * Returns the picture in the size of a preset. With `v`, the response never changes and caches can keep it for a
 * year; without `v`, caches must revalidate it. Supports ranges and conditional requests.
 *
 * Requires the permission `media:read`, or `media:read:own` for your own data. Public data requires no token.
 */
export const downloadSize = (
  client: Client,
  id: string,
  size: string,
  query?: DownloadSizeParams,
  options?: CallOptions,
): Call<DownloadSizeAnswers> => call(client, 'GET', path`/media/${id}/sizes/${size}`, { query }, options)

/** The bodies of the responses of `endSession`, and the codes of its problems, by status. */
export interface EndSessionAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'session-required'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable' | 'revocations-unavailable'
}

/**
 * End one of the caller's sessions
 *
 * Logs out one device.
 *
 * Requires a token, but no permission.
 */
export const endSession = (client: Client, id: string, options?: CallOptions): Call<EndSessionAnswers> =>
  call(client, 'DELETE', path`/auth/sessions/${id}`, {}, options)

/** The bodies of the responses of `explainAccess`, and the codes of its problems, by status. */
export interface ExplainAccessAnswers {
  200: Explanation
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Explain why a user has or lacks a permission
 *
 * An explanation for another user requires `roles:read`. With `owner`, the explanation is about rows of that
 * user. Without `owner`, the explanation is about all rows: if the user has only `resource:action:own`, `because`
 * lists this grant, but `allowed` is false.
 *
 * Requires a token, but no permission.
 */
export const explainAccess = (
  client: Client,
  query: ExplainAccessParams,
  options?: CallOptions,
): Call<ExplainAccessAnswers> => call(client, 'GET', '/access/explain', { query }, options)

/** The bodies of the responses of `exportUser`, and the codes of its problems, by status. */
export interface ExportUserAnswers {
  200: Response
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-exports' | 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'medias-service-unavailable' | 'revocations-unavailable'
}

/**
 * Export all data about a user as a ZIP file
 *
 * To export another user, the caller must have every permission of that user. The file contains `person.json` and
 * `audit.jsonl`. If the caller has the permission to read the media of the user (`media:read`), the file also
 * contains `media.json` and every original as `media/<media id>/<version number>-<file name>`. If data are
 * missing, `README.txt` explains why. The file is generated while it is sent, so an interrupted download is not a
 * valid ZIP file and must be started again.
 *
 * Requires the permission `users:read`, or `users:read:own` for your own data.
 */
export const exportUser = (client: Client, id: string, options?: CallOptions): Call<ExportUserAnswers> =>
  call(client, 'GET', path`/users/${id}/export`, {}, options)

/** The bodies of the responses of `getApiKey`, and the codes of its problems, by status. */
export interface GetApiKeyAnswers {
  200: ApiKey
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'session-required'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get one of the caller's API keys
 *
 * Returns the name, the permissions and the expiry of the key, but not its secret.
 *
 * Requires a token, but no permission.
 */
export const getApiKey = (client: Client, id: string, options?: CallOptions): Call<GetApiKeyAnswers> =>
  call(client, 'GET', path`/api-keys/${id}`, {}, options)

/** The bodies of the responses of `getCurrentUser`, and the codes of its problems, by status. */
export interface GetCurrentUserAnswers {
  200: User
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get the current user
 *
 * Returns the user who sent the request: the user of the session, or the creator of the API key.
 *
 * Requires the permission `users:read`, or `users:read:own` for your own data.
 */
export const getCurrentUser = (client: Client, options?: CallOptions): Call<GetCurrentUserAnswers> =>
  call(client, 'GET', '/users/me', {}, options)

/** The bodies of the responses of `getDeadJob`, and the codes of its problems, by status. */
export interface GetDeadJobAnswers {
  200: DeadJob
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get a dead job
 *
 * Returns the job with its reason, its last ten attempts and its payload.
 *
 * Requires the permission `jobs:read`; `jobs:read:own` is not sufficient.
 */
export const getDeadJob = (client: Client, id: string, options?: CallOptions): Call<GetDeadJobAnswers> =>
  call(client, 'GET', path`/jobs/dead/${id}`, {}, options)

/** The bodies of the responses of `getFeature`, and the codes of its problems, by status. */
export interface GetFeatureAnswers {
  200: Feature
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-stale'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Evaluate one feature for the caller
 *
 * Returns the value for the caller: rules can depend on the user, their roles and the sent attributes.
 *
 * Requires no token.
 */
export const getFeature = (
  client: Client,
  key: string,
  query?: GetFeatureParams,
  options?: CallOptions,
): Call<GetFeatureAnswers> => call(client, 'GET', path`/features/${key}`, { query }, options)

/** The bodies of the responses of `getInvitation`, and the codes of its problems, by status. */
export interface GetInvitationAnswers {
  200: Invitation
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get an invitation
 *
 * Returns the invitation with its status. An accepted invitation does not exist any more.
 *
 * Requires the permission `users:create`; `users:create:own` is not sufficient.
 */
export const getInvitation = (client: Client, id: string, options?: CallOptions): Call<GetInvitationAnswers> =>
  call(client, 'GET', path`/users/invitations/${id}`, {}, options)

/** The bodies of the responses of `getJobStats`, and the codes of its problems, by status. */
export interface GetJobStatsAnswers {
  200: JobStats
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get the state of queues and workers
 *
 * Returns the queues, the workers, and the numbers of dead jobs and of unfinished versions. While the broker is
 * unavailable, the numbers of waiting jobs are null.
 *
 * Requires the permission `jobs:read`; `jobs:read:own` is not sufficient.
 */
export const getJobStats = (client: Client, options?: CallOptions): Call<GetJobStatsAnswers> =>
  call(client, 'GET', '/jobs/stats', {}, options)

/** The bodies of the responses of `getMedia`, and the codes of its problems, by status. */
export interface GetMediaAnswers {
  200: Media
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get a media
 *
 * Returns the media with its tags and its current version. If you are not allowed to read the media, the response
 * is 404, or 401 without a token.
 *
 * Requires the permission `media:read`, or `media:read:own` for your own data. Public data requires no token.
 */
export const getMedia = (client: Client, id: string, options?: CallOptions): Call<GetMediaAnswers> =>
  call(client, 'GET', path`/media/${id}`, {}, options)

/** The bodies of the responses of `getPermission`, and the codes of its problems, by status. */
export interface GetPermissionAnswers {
  200: Permission
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get a permission
 *
 * Returns the name and the description of the permission.
 *
 * Requires the permission `permissions:read`; `permissions:read:own` is not sufficient.
 */
export const getPermission = (client: Client, id: string, options?: CallOptions): Call<GetPermissionAnswers> =>
  call(client, 'GET', path`/permissions/${id}`, {}, options)

/** The bodies of the responses of `getPublicKeys`, and the codes of its problems, by status. */
export interface GetPublicKeysAnswers {
  200: PublicKeys
  400: 'malformed-request'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
}

/**
 * Get the public keys that verify tokens (RFC 7517)
 *
 * Services verify access tokens with these keys. The response can be cached for 5 minutes.
 *
 * Requires no token.
 */
export const getPublicKeys = (client: Client, options?: CallOptions): Call<GetPublicKeysAnswers> =>
  call(client, 'GET', '/.well-known/jwks.json', { open: true }, options)

/** The bodies of the responses of `getRegeneration`, and the codes of its problems, by status. */
export interface GetRegenerationAnswers {
  200: RegenerationDetails
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get the progress and the failures of a regeneration
 *
 * Returns the numbers of versions that are done, failed and left, and the first failures.
 *
 * Requires the permission `jobs:read`; `jobs:read:own` is not sufficient.
 */
export const getRegeneration = (client: Client, id: string, options?: CallOptions): Call<GetRegenerationAnswers> =>
  call(client, 'GET', path`/regenerations/${id}`, {}, options)

/** The bodies of the responses of `getRole`, and the codes of its problems, by status. */
export interface GetRoleAnswers {
  200: Role
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get a role
 *
 * Returns the role with its permissions. A change of the role requires its `ETag`.
 *
 * Requires the permission `roles:read`; `roles:read:own` is not sufficient.
 */
export const getRole = (client: Client, id: string, options?: CallOptions): Call<GetRoleAnswers> =>
  call(client, 'GET', path`/roles/${id}`, {}, options)

/** The bodies of the responses of `getServerMetadata`, and the codes of its problems, by status. */
export interface GetServerMetadataAnswers {
  200: ServerMetadata
  400: 'malformed-request'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
}

/**
 * Get the metadata of this authorization server (RFC 8414)
 *
 * The response can be cached for 5 minutes.
 *
 * Requires no token.
 */
export const getServerMetadata = (client: Client, options?: CallOptions): Call<GetServerMetadataAnswers> =>
  call(client, 'GET', '/.well-known/oauth-authorization-server', { open: true }, options)

/** The bodies of the responses of `getTag`, and the codes of its problems, by status. */
export interface GetTagAnswers {
  200: Tag
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get a tag
 *
 * Returns the tag with the number of media that have it.
 *
 * Requires the permission `tags:read`, or `tags:read:own` for your own data.
 */
export const getTag = (client: Client, id: string, options?: CallOptions): Call<GetTagAnswers> =>
  call(client, 'GET', path`/tags/${id}`, {}, options)

/** The bodies of the responses of `getTokenClaims`, and the codes of its problems, by status. */
export interface GetTokenClaimsAnswers {
  200: TokenClaims
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable' | 'revocations-unavailable'
}

/**
 * Get the access token's claims
 *
 * If the request has an API key, the service exchanges the key for an access token, and returns the claims of
 * that token.
 *
 * Requires a token, but no permission.
 */
export const getTokenClaims = (client: Client, options?: CallOptions): Call<GetTokenClaimsAnswers> =>
  call(client, 'GET', '/auth/me', {}, options)

/** The bodies of the responses of `getUser`, and the codes of its problems, by status. */
export interface GetUserAnswers {
  200: User
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get a user
 *
 * Returns the user with the names of their roles. Only holders of `users:read` can read other users.
 *
 * Requires the permission `users:read`, or `users:read:own` for your own data.
 */
export const getUser = (client: Client, id: string, options?: CallOptions): Call<GetUserAnswers> =>
  call(client, 'GET', path`/users/${id}`, {}, options)

/** The bodies of the responses of `getUserCard`, and the codes of its problems, by status. */
export interface GetUserCardAnswers {
  200: UserCard
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'feature-disabled'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get the card of a user
 *
 * Returns the name and the avatar of the user, for example to show the owner of a picture. If the operator has
 * set `USER_CARDS=off`, the response is 403 `feature-disabled`.
 *
 * Requires a token, but no permission.
 */
export const getUserCard = (client: Client, id: string, options?: CallOptions): Call<GetUserCardAnswers> =>
  call(client, 'GET', path`/users/${id}/card`, {}, options)

/** The bodies of the responses of `getVersion`, and the codes of its problems, by status. */
export interface GetVersionAnswers {
  200: Version
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Get a version of a media
 *
 * Returns the version with its sizes. Versions are numbered from 1, and never change.
 *
 * Requires the permission `media:read`, or `media:read:own` for your own data.
 */
export const getVersion = (
  client: Client,
  id: string,
  number: string,
  options?: CallOptions,
): Call<GetVersionAnswers> => call(client, 'GET', path`/media/${id}/versions/${number}`, {}, options)

/** The bodies of the responses of `grantRole`, and the codes of its problems, by status. */
export interface GrantRoleAnswers {
  200: User
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'grant-exceeds-own' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  409: 'last-admin'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Grant a role to a user
 *
 * The grant can have an expiry. If the user already has the role, the request changes the expiry. The caller must
 * have every permission of the role at least until the grant expires. Send the ETag of the user in `If-Match`.
 *
 * Requires the permission `roles:assign`; `roles:assign:own` is not sufficient.
 */
export const grantRole = (
  client: Client,
  id: string,
  role: string,
  body: GrantRoleRequest,
  options?: CallOptions,
): Call<GrantRoleAnswers> => call(client, 'POST', path`/users/${id}/roles/${role}`, { json: body }, options)

/** The bodies of the responses of `listApiKeys`, and the codes of its problems, by status. */
export interface ListApiKeysAnswers {
  200: ApiKeyPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'session-required'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List the caller's API keys
 *
 * The list includes expired keys, but not revoked keys.
 *
 * Requires a token, but no permission.
 */
export const listApiKeys = (
  client: Client,
  query?: ListApiKeysParams,
  options?: CallOptions,
): Call<ListApiKeysAnswers> => call(client, 'GET', '/api-keys', { query }, options)

/** The bodies of the responses of `listAuditEntries`, and the codes of its problems, by status. */
export interface ListAuditEntriesAnswers {
  200: AuditEntryPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List the entries of the audit trail
 *
 * The audit trail has an entry for each change of users, sessions, API keys, roles and permissions. Entries are
 * deleted after `AUDIT_DAYS` days.
 *
 * Requires the permission `audit:read`; `audit:read:own` is not sufficient.
 */
export const listAuditEntries = (
  client: Client,
  query?: ListAuditEntriesParams,
  options?: CallOptions,
): Call<ListAuditEntriesAnswers> => call(client, 'GET', '/audit', { query }, options)

/** The bodies of the responses of `listDeadJobs`, and the codes of its problems, by status. */
export interface ListDeadJobsAnswers {
  200: DeadJobPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List dead jobs
 *
 * Dead jobs are not retried automatically. Each dead job has its reason and its last ten attempts. Its payload is
 * null: get the dead job to read it. The newest come first unless `sort` is given. Messages that are not jobs are
 * listed too; only the newest 10,000 of them are kept.
 *
 * Requires the permission `jobs:read`; `jobs:read:own` is not sufficient.
 */
export const listDeadJobs = (
  client: Client,
  query?: ListDeadJobsParams,
  options?: CallOptions,
): Call<ListDeadJobsAnswers> => call(client, 'GET', '/jobs/dead', { query }, options)

/** The bodies of the responses of `listFeatures`, and the codes of its problems, by status. */
export interface ListFeaturesAnswers {
  200: Features
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-stale'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Evaluate all features for the caller
 *
 * Likeness itself uses these features (default value in parentheses):
 *
 * - `registration` (on): Whether anybody can register.
 * - `media-avif` (on): Whether a request for a size without a format can return AVIF.
 * - `api-keys` (on): Whether API keys can be created.
 *
 * Requires no token.
 */
export const listFeatures = (
  client: Client,
  query?: ListFeaturesParams,
  options?: CallOptions,
): Call<ListFeaturesAnswers> => call(client, 'GET', '/features', { query }, options)

/** The bodies of the responses of `listInvitations`, and the codes of its problems, by status. */
export interface ListInvitationsAnswers {
  200: InvitationPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List invitations
 *
 * An invitation is deleted when it is accepted, and when its user is suspended or deleted.
 *
 * Requires the permission `users:create`; `users:create:own` is not sufficient.
 */
export const listInvitations = (
  client: Client,
  query?: ListInvitationsParams,
  options?: CallOptions,
): Call<ListInvitationsAnswers> => call(client, 'GET', '/users/invitations', { query }, options)

/** The bodies of the responses of `listMedia`, and the codes of its problems, by status. */
export interface ListMediaAnswers {
  200: MediaPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List media
 *
 * Lists the media that match all given filters. Media in the trash are listed only with `trashed=true`. With
 * `media:read:own`, the list contains only your own media.
 *
 * Requires the permission `media:read`, or `media:read:own` for your own data.
 */
export const listMedia = (client: Client, query?: ListMediaParams, options?: CallOptions): Call<ListMediaAnswers> =>
  call(client, 'GET', '/media', { query }, options)

/** The bodies of the responses of `listPermissions`, and the codes of its problems, by status. */
export interface ListPermissionsAnswers {
  200: PermissionPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List permissions
 *
 * Lists built-in permissions, and permissions that administrators created. They are sorted by name unless `sort`
 * is given.
 *
 * Requires the permission `permissions:read`; `permissions:read:own` is not sufficient.
 */
export const listPermissions = (
  client: Client,
  query?: ListPermissionsParams,
  options?: CallOptions,
): Call<ListPermissionsAnswers> => call(client, 'GET', '/permissions', { query }, options)

/** The bodies of the responses of `listPresets`, and the codes of its problems, by status. */
export interface ListPresetsAnswers {
  200: PresetPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List presets
 *
 * A preset defines a size in which every picture is rendered. The list has the order of the presets file. After a
 * change of a preset, existing sizes are `stale` until a regeneration renders them again.
 *
 * Requires a token, but no permission.
 */
export const listPresets = (
  client: Client,
  query?: ListPresetsParams,
  options?: CallOptions,
): Call<ListPresetsAnswers> => call(client, 'GET', '/presets', { query }, options)

/** The bodies of the responses of `listRegenerations`, and the codes of its problems, by status. */
export interface ListRegenerationsAnswers {
  200: RegenerationPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List regenerations
 *
 * The newest come first unless `sort` is given. Finished regenerations are kept for 90 days.
 *
 * Requires the permission `jobs:read`; `jobs:read:own` is not sufficient.
 */
export const listRegenerations = (
  client: Client,
  query?: ListRegenerationsParams,
  options?: CallOptions,
): Call<ListRegenerationsAnswers> => call(client, 'GET', '/regenerations', { query }, options)

/** The bodies of the responses of `listRoleUsers`, and the codes of its problems, by status. */
export interface ListRoleUsersAnswers {
  200: UserPage
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List the users who have a role
 *
 * Lists the users who have the role now. Deleted users, and users whose grant has expired, are left out.
 *
 * Requires the permission `roles:read`; `roles:read:own` is not sufficient.
 */
export const listRoleUsers = (
  client: Client,
  id: string,
  query?: ListRoleUsersParams,
  options?: CallOptions,
): Call<ListRoleUsersAnswers> => call(client, 'GET', path`/roles/${id}/users`, { query }, options)

/** The bodies of the responses of `listRoles`, and the codes of its problems, by status. */
export interface ListRolesAnswers {
  200: RolePage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List roles
 *
 * Lists built-in roles, and roles that administrators created, each with its permissions. They are sorted by name
 * unless `sort` is given.
 *
 * Requires the permission `roles:read`; `roles:read:own` is not sufficient.
 */
export const listRoles = (client: Client, query?: ListRolesParams, options?: CallOptions): Call<ListRolesAnswers> =>
  call(client, 'GET', '/roles', { query }, options)

/** The bodies of the responses of `listSessions`, and the codes of its problems, by status. */
export interface ListSessionsAnswers {
  200: SessionPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'session-required'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable' | 'revocations-unavailable'
}

/**
 * List the caller's sessions
 *
 * Returns all active sessions on one page.
 *
 * Requires a token, but no permission.
 */
export const listSessions = (client: Client, options?: CallOptions): Call<ListSessionsAnswers> =>
  call(client, 'GET', '/auth/sessions', {}, options)

/** The bodies of the responses of `listTags`, and the codes of its problems, by status. */
export interface ListTagsAnswers {
  200: TagPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List tags
 *
 * Sorted by name unless `sort` is given. Use `q` to suggest tags while the user types.
 *
 * Requires the permission `tags:read`, or `tags:read:own` for your own data.
 */
export const listTags = (client: Client, query?: ListTagsParams, options?: CallOptions): Call<ListTagsAnswers> =>
  call(client, 'GET', '/tags', { query }, options)

/** The bodies of the responses of `listUserCards`, and the codes of its problems, by status. */
export interface ListUserCardsAnswers {
  200: UserCardList
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'feature-disabled'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List the cards of users
 *
 * Returns the name and the avatar of each user, for example to show the authors of comments. If the operator has
 * set `USER_CARDS=off`, the response is 403 `feature-disabled`.
 *
 * Requires a token, but no permission.
 */
export const listUserCards = (
  client: Client,
  query: ListUserCardsParams,
  options?: CallOptions,
): Call<ListUserCardsAnswers> => call(client, 'GET', '/users/cards', { query }, options)

/** The bodies of the responses of `listUserMedia`, and the codes of its problems, by status. */
export interface ListUserMediaAnswers {
  200: MediaPage
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'medias-service-unavailable' | 'revocations-unavailable'
}

/**
 * List a user's media
 *
 * Lists the media of the user that match all given filters, like `GET /media?owner=…`. Media in the trash are
 * listed only with `trashed=true`.
 *
 * Requires the permission `media:read`, or `media:read:own` for your own data.
 */
export const listUserMedia = (
  client: Client,
  id: string,
  query?: ListUserMediaParams,
  options?: CallOptions,
): Call<ListUserMediaAnswers> => call(client, 'GET', path`/users/${id}/media`, { query }, options)

/** The bodies of the responses of `listUsers`, and the codes of its problems, by status. */
export interface ListUsersAnswers {
  200: UserPage
  400: 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List users
 *
 * Lists the users who match all given filters. With `users:read:own`, the list contains only the caller.
 *
 * Requires the permission `users:read`, or `users:read:own` for your own data.
 */
export const listUsers = (client: Client, query?: ListUsersParams, options?: CallOptions): Call<ListUsersAnswers> =>
  call(client, 'GET', '/users', { query }, options)

/** The bodies of the responses of `listVersions`, and the codes of its problems, by status. */
export interface ListVersionsAnswers {
  200: VersionPage
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * List the versions of a media
 *
 * Returns all versions on one page, the newest first.
 *
 * Requires the permission `media:read`, or `media:read:own` for your own data.
 */
export const listVersions = (client: Client, id: string, options?: CallOptions): Call<ListVersionsAnswers> =>
  call(client, 'GET', path`/media/${id}/versions`, {}, options)

/** The bodies of the responses of `login`, and the codes of its problems, by status. */
export interface LoginAnswers {
  200: Tokens
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401: 'invalid-credentials'
  403: 'account-suspended' | 'account-unverified'
  408: 'request-timeout'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-attempts' | 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable' | 'overloaded'
}

/**
 * Log in
 *
 * Opens a session and returns its tokens. `deviceToken` is optional: store it, and send it with the next login
 * from this device, so that nobody can lock this device out by guessing passwords. After 10 failed attempts at
 * one account within 15 minutes, further attempts are rejected with 429 and `Retry-After`. The same applies to
 * the network address of the client, whatever the account, after `LOGIN_FAILURES_PER_ADDRESS` failures. If too
 * many passwords are being checked, the response is 503 `overloaded` with `Retry-After`. The codes
 * `account-suspended` and `account-unverified` are returned only if the password is correct.
 *
 * Requires no token.
 */
export const login = (client: Client, body: LoginRequest, options?: CallOptions): Call<LoginAnswers> =>
  call(client, 'POST', '/auth/login', { json: body, open: true }, options)

/** The bodies of the responses of `logout`, and the codes of its problems, by status. */
export interface LogoutAnswers {
  204: undefined
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'session-required'
  408: 'request-timeout'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable' | 'revocations-unavailable'
}

/**
 * Log out
 *
 * Ends the session of the access token. Every service rejects the tokens of the session within 5 seconds.
 *
 * Requires a token, but no permission.
 */
export const logout = (client: Client, options?: CallOptions): Call<LogoutAnswers> =>
  call(client, 'POST', '/auth/logout', {}, options)

/** The bodies of the responses of `logoutAll`, and the codes of its problems, by status. */
export interface LogoutAllAnswers {
  204: undefined
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'session-required'
  408: 'request-timeout'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable' | 'revocations-unavailable'
}

/**
 * Log out on all devices
 *
 * Ends every session of the caller, including the current one.
 *
 * Requires a token, but no permission.
 */
export const logoutAll = (client: Client, options?: CallOptions): Call<LogoutAllAnswers> =>
  call(client, 'POST', '/auth/logout-all', {}, options)

/** The bodies of the responses of `mergeTag`, and the codes of its problems, by status. */
export interface MergeTagAnswers {
  200: Tag
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Merge a tag into another tag
 *
 * All media with this tag get the tag `into`, and this tag is deleted. With `tags:update:own`, you can only merge
 * tags that you created.
 *
 * Requires the permission `tags:update`, or `tags:update:own` for your own data.
 */
export const mergeTag = (
  client: Client,
  id: string,
  body: MergeTagRequest,
  options?: CallOptions,
): Call<MergeTagAnswers> => call(client, 'POST', path`/tags/${id}/merge`, { json: body }, options)

/** The bodies of the responses of `pauseWorkers`, and the codes of its problems, by status. */
export interface PauseWorkersAnswers {
  200: FleetPause
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Pause all workers
 *
 * Workers finish their current jobs and take no new jobs. Uploads are still accepted, and their jobs wait. The
 * pause lasts until the workers are resumed, even if they are restarted.
 *
 * Requires the permission `jobs:write`; `jobs:write:own` is not sufficient.
 */
export const pauseWorkers = (client: Client, options?: CallOptions): Call<PauseWorkersAnswers> =>
  call(client, 'POST', '/jobs/pause', {}, options)

/** The bodies of the responses of `previewRole`, and the codes of its problems, by status. */
export interface PreviewRoleAnswers {
  200: RolePreview
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Preview a change of a role's permissions
 *
 * Lists each user whose permissions would change, taking all roles of the user into account. `summary` says
 * whether the caller is allowed to make the change. An empty list of `permissions` previews the deletion of the
 * role. This request changes nothing.
 *
 * Requires the permission `roles:read`; `roles:read:own` is not sufficient.
 */
export const previewRole = (
  client: Client,
  body: PreviewRoleRequest,
  query?: PreviewRoleParams,
  options?: CallOptions,
): Call<PreviewRoleAnswers> => call(client, 'POST', '/access/preview', { query, json: body }, options)

/** The bodies of the responses of `refreshTokens`, and the codes of its problems, by status. */
export interface RefreshTokensAnswers {
  200: Tokens
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401: 'refresh-token-invalid' | 'refresh-token-reused' | 'session-ended'
  408: 'request-timeout'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-attempts' | 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable'
}

/**
 * Refresh the tokens
 *
 * Exchanges a refresh token for a new access token and a new refresh token. A refresh token works once. Sending
 * it again within 10 seconds returns the same new refresh token; sending it later ends the session.
 *
 * Requires no token.
 */
export const refreshTokens = (
  client: Client,
  body: RefreshTokensRequest,
  options?: CallOptions,
): Call<RefreshTokensAnswers> => call(client, 'POST', '/auth/refresh', { json: body, open: true }, options)

/** The bodies of the responses of `register`, and the codes of its problems, by status. */
export interface RegisterAnswers {
  201: Tokens
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  403: 'registration-closed'
  408: 'request-timeout'
  409: 'email-taken'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-attempts' | 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'main-service-unavailable' | 'overloaded'
}

/**
 * Register and log in
 *
 * Creates an account, opens a session and returns its tokens. Possible only while the feature `registration` is
 * on for this email address. After `REGISTRATIONS_PER_ADDRESS` registrations from one network address within 15
 * minutes, further ones are rejected with 429 and `Retry-After`.
 *
 * Requires no token.
 */
export const register = (client: Client, body: RegisterRequest, options?: CallOptions): Call<RegisterAnswers> =>
  call(client, 'POST', '/auth/register', { json: body, open: true }, options)

/** The bodies of the responses of `removeAvatar`, and the codes of its problems, by status. */
export interface RemoveAvatarAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Remove a user's avatar
 *
 * The media itself is not deleted. Send the ETag of the user in `If-Match`.
 *
 * Requires the permission `users:update`, or `users:update:own` for your own data.
 */
export const removeAvatar = (client: Client, id: string, options?: CallOptions): Call<RemoveAvatarAnswers> =>
  call(client, 'DELETE', path`/users/${id}/avatar`, {}, options)

/** The bodies of the responses of `reprocessMedia`, and the codes of its problems, by status. */
export interface ReprocessMediaAnswers {
  202: Media
  400:
    | 'incomplete-body'
    | 'invalid-idempotency-key'
    | 'invalid-json'
    | 'invalid-path'
    | 'malformed-request'
    | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  409: 'idempotency-key-in-use' | 'not-a-picture' | 'trashed'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'idempotency-key-reused' | 'invalid-request'
  429: 'reprocessed-too-often' | 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Render a picture again
 *
 * Enqueues the current version on the interactive queue, to render every size again. Until the new sizes are
 * ready, the old sizes are served. A failed version becomes `queued` again, with its attempts reset, and its dead
 * jobs are deleted. With `media:update:own`, a version can be reprocessed three times a day.
 *
 * Requires the permission `media:update`, or `media:update:own` for your own data.
 */
export const reprocessMedia = (client: Client, id: string, options?: CallOptions): Call<ReprocessMediaAnswers> =>
  call(client, 'POST', path`/media/${id}/reprocess`, { once: true }, options)

/** The bodies of the responses of `requeueDeadJob`, and the codes of its problems, by status. */
export interface RequeueDeadJobAnswers {
  200: Requeued
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  409: 'media-gone' | 'not-a-job' | 'trashed' | 'unknown-contract'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Requeue a dead job
 *
 * Puts the job back in its queue and removes it from the dead jobs. A failed version becomes `queued`, with its
 * attempts reset. A ready version stays ready while it is rendered again.
 *
 * Requires the permission `jobs:write`; `jobs:write:own` is not sufficient.
 */
export const requeueDeadJob = (client: Client, id: string, options?: CallOptions): Call<RequeueDeadJobAnswers> =>
  call(client, 'POST', path`/jobs/dead/${id}/requeue`, {}, options)

/** The bodies of the responses of `requeueDeadJobs`, and the codes of its problems, by status. */
export interface RequeueDeadJobsAnswers {
  200: Requeued
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Requeue dead jobs by filter
 *
 * Jobs that cannot be requeued are skipped: jobs whose media is deleted or in the trash, messages that are not
 * valid jobs, and jobs whose format this build does not support. The request works in batches: jobs that are
 * requeued before an error or a disconnect stay requeued.
 *
 * Requires the permission `jobs:write`; `jobs:write:own` is not sufficient.
 */
export const requeueDeadJobs = (
  client: Client,
  body: RequeueDeadJobsRequest,
  options?: CallOptions,
): Call<RequeueDeadJobsAnswers> => call(client, 'POST', '/jobs/dead/requeue', { json: body }, options)

/** The bodies of the responses of `restoreMedia`, and the codes of its problems, by status. */
export interface RestoreMediaAnswers {
  200: Media
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'owner-deleted'
  404: 'not-found'
  408: 'request-timeout'
  409: 'not-trashed' | 'owner-deleted'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Restore a media from the trash
 *
 * Versions that were not rendered yet are enqueued again. If the owner of the media is deleted, the request
 * returns 409 `owner-deleted`: restore the owner instead.
 *
 * Requires the permission `media:delete`, or `media:delete:own` for your own data.
 */
export const restoreMedia = (client: Client, id: string, options?: CallOptions): Call<RestoreMediaAnswers> =>
  call(client, 'POST', path`/media/${id}/restore`, {}, options)

/** The bodies of the responses of `restoreUser`, and the codes of its problems, by status. */
export interface RestoreUserAnswers {
  200: User
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  409: 'email-taken'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Restore a deleted user
 *
 * Restores the status, the roles and the media of the user. API keys stay revoked. If the user is not deleted,
 * the request changes nothing.
 *
 * Requires the permission `users:delete`; `users:delete:own` is not sufficient.
 */
export const restoreUser = (client: Client, id: string, options?: CallOptions): Call<RestoreUserAnswers> =>
  call(client, 'POST', path`/users/${id}/restore`, {}, options)

/** The bodies of the responses of `resumeWorkers`, and the codes of its problems, by status. */
export interface ResumeWorkersAnswers {
  200: FleetPause
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Resume all workers
 *
 * Workers take jobs again.
 *
 * Requires the permission `jobs:write`; `jobs:write:own` is not sufficient.
 */
export const resumeWorkers = (client: Client, options?: CallOptions): Call<ResumeWorkersAnswers> =>
  call(client, 'POST', '/jobs/resume', {}, options)

/** The bodies of the responses of `revokeApiKey`, and the codes of its problems, by status. */
export interface RevokeApiKeyAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'session-required'
  404: 'not-found'
  408: 'request-timeout'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Revoke one of the caller's API keys
 *
 * Every service rejects the key within 5 seconds.
 *
 * Requires a token, but no permission.
 */
export const revokeApiKey = (client: Client, id: string, options?: CallOptions): Call<RevokeApiKeyAnswers> =>
  call(client, 'DELETE', path`/api-keys/${id}`, {}, options)

/** The bodies of the responses of `revokeInvitation`, and the codes of its problems, by status. */
export interface RevokeInvitationAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Revoke an invitation
 *
 * The link in the mail stops working, and the invited user is deleted.
 *
 * Requires the permission `users:create`; `users:create:own` is not sufficient.
 */
export const revokeInvitation = (client: Client, id: string, options?: CallOptions): Call<RevokeInvitationAnswers> =>
  call(client, 'DELETE', path`/users/invitations/${id}`, {}, options)

/** The bodies of the responses of `revokeRole`, and the codes of its problems, by status. */
export interface RevokeRoleAnswers {
  204: undefined
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  409: 'last-admin'
  412: 'precondition-failed'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Revoke a role from a user
 *
 * Send the ETag of the user in `If-Match`.
 *
 * Requires the permission `roles:assign`; `roles:assign:own` is not sufficient.
 */
export const revokeRole = (client: Client, id: string, role: string, options?: CallOptions): Call<RevokeRoleAnswers> =>
  call(client, 'DELETE', path`/users/${id}/roles/${role}`, {}, options)

/** The bodies of the responses of `setAvatar`, and the codes of its problems, by status. */
export interface SetAvatarAnswers {
  200: User
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'avatar-failed' | 'avatar-media-unknown' | 'avatar-not-an-image' | 'avatar-not-public' | 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'medias-service-unavailable' | 'revocations-unavailable'
}

/**
 * Set a user's avatar
 *
 * The media must be a public image that is not in the trash and whose processing has not failed, so that
 * everybody can load the URLs of the avatar. The avatar shows the current version of the media. To show a later
 * version, set the avatar again. If the media becomes private or is moved to the trash later, the URLs return
 * 404, or 401 without a token: apps should show a placeholder. Send the ETag of the user in `If-Match`.
 *
 * Requires the permission `users:update`, or `users:update:own` for your own data.
 */
export const setAvatar = (
  client: Client,
  id: string,
  body: SetAvatarRequest,
  options?: CallOptions,
): Call<SetAvatarAnswers> => call(client, 'PUT', path`/users/${id}/avatar`, { json: body }, options)

/** The bodies of the responses of `setConcurrency`, and the codes of its problems, by status. */
export interface SetConcurrencyAnswers {
  200: FleetConcurrency
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Set the number of slots per worker
 *
 * A slot renders one picture at a time. The change applies immediately to running workers, and to workers that
 * start later.
 *
 * Requires the permission `jobs:write`; `jobs:write:own` is not sufficient.
 */
export const setConcurrency = (
  client: Client,
  body: SetConcurrencyRequest,
  options?: CallOptions,
): Call<SetConcurrencyAnswers> => call(client, 'PUT', '/jobs/concurrency', { json: body }, options)

/** The bodies of the responses of `setMediaTags`, and the codes of its problems, by status. */
export interface SetMediaTagsAnswers {
  200: Media
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  409: 'tag-exists' | 'trashed'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Replace the tags of a media
 *
 * The media gets the given tags and loses all other tags. Unknown tags are created, which requires the permission
 * `tags:create`.
 *
 * Requires the permission `media:update`, or `media:update:own` for your own data.
 */
export const setMediaTags = (
  client: Client,
  id: string,
  body: SetMediaTagsRequest,
  options?: CallOptions,
): Call<SetMediaTagsAnswers> => call(client, 'PUT', path`/media/${id}/tags`, { json: body }, options)

/** The bodies of the responses of `setRolePermissions`, and the codes of its problems, by status. */
export interface SetRolePermissionsAnswers {
  200: Role
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'grant-exceeds-own' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  409: 'last-admin'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  428: 'precondition-required'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Set a role's permissions
 *
 * Replaces all permissions of the role. The caller must have every permission that is added or removed, and every
 * permission of the affected users. `POST /access/preview` previews the effect. Send the ETag of the role in
 * `If-Match`.
 *
 * Requires the permission `roles:write`; `roles:write:own` is not sufficient.
 */
export const setRolePermissions = (
  client: Client,
  id: string,
  body: SetRolePermissionsRequest,
  options: CallOptions & { ifMatch: string },
): Call<SetRolePermissionsAnswers> => call(client, 'PUT', path`/roles/${id}/permissions`, { json: body }, options)

/** The bodies of the responses of `setUserRoles`, and the codes of its problems, by status. */
export interface SetUserRolesAnswers {
  200: User
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'grant-exceeds-own' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  409: 'last-admin'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Set a user's roles
 *
 * Replaces all roles of the user. Roles that the user already has keep their expiry; new roles do not expire. The
 * caller must have every permission of the added roles. Send the ETag of the user in `If-Match`.
 *
 * Requires the permission `roles:assign`; `roles:assign:own` is not sufficient.
 */
export const setUserRoles = (
  client: Client,
  id: string,
  body: SetUserRolesRequest,
  options?: CallOptions,
): Call<SetUserRolesAnswers> => call(client, 'PUT', path`/users/${id}/roles`, { json: body }, options)

/** The bodies of the responses of `streamMediaEvents`, and the codes of its problems, by status. */
export interface StreamMediaEventsAnswers {
  200: Response
  400: 'invalid-path' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  404: 'not-found'
  408: 'request-timeout'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests' | 'too-many-streams'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'events-unavailable' | 'revocations-unavailable'
}

/**
 * Stream the events of a media
 *
 * Server-sent events of the types `queued`, `processing`, `size-ready`, `ready` and `failed`. The stream starts
 * with the events of the last 30 days and continues with new ones. With the header `Last-Event-ID`, the stream
 * resumes after the event with this id. Every event has `at` and `version`. Workers, attempts and errors of
 * retries are sent only to callers with `media:read` for the media, not to other readers of a public media. The
 * stream ends when the token expires or the caller can no longer read the media. It also ends if the client does
 * not read for 30 seconds. The number of open streams is limited for each user or API key, and for each network
 * address: a request above a limit gets 429 with `Retry-After`. If the service has no capacity for another
 * stream, the response is 503 with `Retry-After`.
 *
 * Requires the permission `media:read`, or `media:read:own` for your own data. Public data requires no token.
 */
export const streamMediaEvents = (client: Client, id: string, options?: CallOptions): Call<StreamMediaEventsAnswers> =>
  call(client, 'GET', path`/media/${id}/events`, {}, options)

/** The bodies of the responses of `updateCurrentUser`, and the codes of its problems, by status. */
export interface UpdateCurrentUserAnswers {
  200: User
  400: 'incomplete-body' | 'invalid-json' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  408: 'request-timeout'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Update the current user
 *
 * Changes only the fields that are sent. `profile` is replaced completely.
 *
 * Requires the permission `users:update`, or `users:update:own` for your own data.
 */
export const updateCurrentUser = (
  client: Client,
  body: UpdateCurrentUserRequest,
  options?: CallOptions,
): Call<UpdateCurrentUserAnswers> => call(client, 'PATCH', '/users/me', { json: body }, options)

/** The bodies of the responses of `updateMedia`, and the codes of its problems, by status. */
export interface UpdateMediaAnswers {
  200: Media
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  409: 'trashed'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Update media details
 *
 * Changes only the fields that are sent. After a change of the focal point, cropped sizes are rendered again.
 * Until the new sizes are ready, the old sizes are served.
 *
 * Requires the permission `media:update`, or `media:update:own` for your own data.
 */
export const updateMedia = (
  client: Client,
  id: string,
  body: UpdateMediaRequest,
  options?: CallOptions,
): Call<UpdateMediaAnswers> => call(client, 'PATCH', path`/media/${id}`, { json: body }, options)

/** The bodies of the responses of `updatePermission`, and the codes of its problems, by status. */
export interface UpdatePermissionAnswers {
  200: Permission
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  409: 'permission-in-use' | 'permission-name-taken' | 'permission-seeded'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Update a permission
 *
 * The name can be changed only while no role has the permission. Built-in permissions cannot be renamed.
 *
 * Requires the permission `permissions:write`; `permissions:write:own` is not sufficient.
 */
export const updatePermission = (
  client: Client,
  id: string,
  body: UpdatePermissionRequest,
  options?: CallOptions,
): Call<UpdatePermissionAnswers> => call(client, 'PATCH', path`/permissions/${id}`, { json: body }, options)

/** The bodies of the responses of `updateRole`, and the codes of its problems, by status. */
export interface UpdateRoleAnswers {
  200: Role
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'grant-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  409: 'role-name-taken' | 'role-seeded'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  428: 'precondition-required'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Update the name or description of a role
 *
 * To rename a role, the caller must have every permission of the role, because roles are granted by name.
 * Built-in roles cannot be renamed.
 *
 * Requires the permission `roles:write`; `roles:write:own` is not sufficient.
 */
export const updateRole = (
  client: Client,
  id: string,
  body: UpdateRoleRequest,
  options: CallOptions & { ifMatch: string },
): Call<UpdateRoleAnswers> => call(client, 'PATCH', path`/roles/${id}`, { json: body }, options)

/** The bodies of the responses of `updateTag`, and the codes of its problems, by status. */
export interface UpdateTagAnswers {
  200: Tag
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden'
  404: 'not-found'
  408: 'request-timeout'
  409: 'tag-exists'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Rename a tag
 *
 * Changes the name, the slug, or both. A new name does not change the slug. With `tags:update:own`, you can only
 * change tags that you created.
 *
 * Requires the permission `tags:update`, or `tags:update:own` for your own data.
 */
export const updateTag = (
  client: Client,
  id: string,
  body: UpdateTagRequest,
  options?: CallOptions,
): Call<UpdateTagAnswers> => call(client, 'PATCH', path`/tags/${id}`, { json: body }, options)

/** The bodies of the responses of `updateUser`, and the codes of its problems, by status. */
export interface UpdateUserAnswers {
  200: User
  400: 'incomplete-body' | 'invalid-json' | 'invalid-path' | 'malformed-request' | 'unreadable-body'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'user-exceeds-own'
  404: 'not-found'
  408: 'request-timeout'
  409: 'email-taken' | 'last-admin'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large'
  415: 'unsupported-media-type'
  417: 'expectation-failed'
  422: 'invalid-request'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable'
}

/**
 * Update, suspend or activate a user
 *
 * Changes only the fields that are sent. Suspending a user ends their sessions. An invited user receives a mail
 * with a new link when their email address changes. `users:update:own` does not allow changing `email` or
 * `status`.
 *
 * Requires the permission `users:update`, or `users:update:own` for your own data.
 */
export const updateUser = (
  client: Client,
  id: string,
  body: UpdateUserRequest,
  options?: CallOptions,
): Call<UpdateUserAnswers> => call(client, 'PATCH', path`/users/${id}`, { json: body }, options)

/** The bodies of the responses of `uploadMedia`, and the codes of its problems, by status. */
export interface UploadMediaAnswers {
  201: Media
  207: UploadResults
  400: 'incomplete-body' | 'invalid-idempotency-key' | 'malformed-multipart' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'owner-deleted'
  408: 'request-timeout'
  409: 'idempotency-key-in-use' | 'owner-deleted' | 'tag-exists'
  413: 'body-too-large' | 'chunk-extensions-too-large' | 'file-too-large'
  415: 'unsupported-animation' | 'unsupported-media-type'
  417: 'expectation-failed'
  422:
    | 'empty-file'
    | 'idempotency-key-reused'
    | 'invalid-request'
    | 'side-too-long'
    | 'too-many-files'
    | 'too-many-pixels'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable' | 'store-unavailable'
  507: 'store-full'
}

/**
 * Upload media
 *
 * Creates a media from each `file`. One file returns 201 with the media. Several files return 207 with one result
 * for each file, in the order of the request; a rejected file does not affect the others. The type of a file is
 * read from its bytes, never from its name. A picture has the status `processing` until its sizes are rendered.
 *
 * Requires the permission `media:create`, or `media:create:own` for your own data.
 */
export const uploadMedia = (
  client: Client,
  body: UploadMediaRequest,
  options?: CallOptions,
): Call<UploadMediaAnswers> => call(client, 'POST', '/media', { form: body, once: true }, options)

/** The bodies of the responses of `uploadVersion`, and the codes of its problems, by status. */
export interface UploadVersionAnswers {
  201: Version
  400: 'incomplete-body' | 'invalid-idempotency-key' | 'invalid-path' | 'malformed-multipart' | 'malformed-request'
  401:
    | 'key-expired'
    | 'key-invalid'
    | 'key-maker-inactive'
    | 'key-revoked'
    | 'session-ended'
    | 'token-expired'
    | 'token-invalid'
    | 'token-missing'
    | 'token-stale'
  403: 'forbidden' | 'owner-deleted'
  404: 'not-found'
  408: 'request-timeout'
  409: 'idempotency-key-in-use' | 'owner-deleted' | 'trashed'
  412: 'precondition-failed'
  413: 'body-too-large' | 'chunk-extensions-too-large' | 'file-too-large'
  415: 'unsupported-animation' | 'unsupported-media-type'
  417: 'expectation-failed'
  422:
    | 'empty-file'
    | 'idempotency-key-reused'
    | 'invalid-request'
    | 'other-kind'
    | 'side-too-long'
    | 'too-many-files'
    | 'too-many-pixels'
  429: 'too-many-requests'
  431: 'headers-too-large'
  500: 'internal-error'
  503: 'auth-service-unavailable' | 'database-unavailable' | 'revocations-unavailable' | 'store-unavailable'
  507: 'store-full'
}

/**
 * Upload a new version of a media
 *
 * The `file` becomes the next version. The previous version stays current until the new version is `ready`. A new
 * version of a picture must be a picture. A new version of another file must have the same type.
 *
 * Requires the permission `media:update`, or `media:update:own` for your own data.
 */
export const uploadVersion = (
  client: Client,
  id: string,
  body: UploadVersionRequest,
  options?: CallOptions,
): Call<UploadVersionAnswers> => call(client, 'POST', path`/media/${id}/versions`, { form: body, once: true }, options)
