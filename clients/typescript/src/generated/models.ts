// Generated from docs/openapi.json by `npm run client`. Do not edit.

/**
 * The body of `acceptInvitation`.
 */
export interface AcceptInvitationRequest {
  /**
   * The token in the link of the invitation mail. It works once.
   * @maxLength 200
   */
  token: string
  /**
   * New password of 10 to 128 characters. No kind of character is required.
   * @minLength 10
   * @maxLength 128
   */
  password: string
  /**
   * Name of the user: 1 to 200 characters. Default: the part of the email address before the @.
   * @minLength 1
   * @maxLength 200
   */
  name?: string | undefined
}

/**
 * A user whose permissions a change of a role would change.
 */
export interface AffectedUser {
  /** Id of the user. */
  user: string
  /** Email address, as the user wrote it. */
  email: string
  /** Name of the user, for people. */
  name: string
  /** Permissions that the user would gain. A wildcard is listed together with the permissions that it includes. */
  gains: string[]
  /** Permissions that the user would lose. */
  loses: string[]
}

/**
 * An API key, without the secret itself.
 */
export interface ApiKey {
  /** Id of the key, which is also the `client_id` for `POST /oauth/token`. */
  id: string
  /** Name by which the user recognises the key. */
  name: string
  /** Permissions of the key. A request is also limited to the permissions of the user who created the key. */
  permissions: string[]
  /** The last four characters of the key. */
  hint: string
  /**
   * Time at which the key expires (ISO 8601, UTC); null if it never expires.
   * @nullable
   */
  expiresAt: string | null
  /**
   * Time of the last use of the key, accurate to a few minutes. Null if the key was never used.
   * @nullable
   */
  lastUsedAt: string | null
  /** Time of creation (ISO 8601, UTC). */
  createdAt: string
}

/**
 * The position of a page in its list.
 */
export interface PageInfo {
  /**
   * Maximum number of entries in this page.
   * @minimum 0
   */
  limit: number
  /**
   * Cursor of the next page: send it as `after`. Null on the last page.
   * @nullable
   */
  next: string | null
  /**
   * Number of all entries of the list. Only with `count=true`.
   * @minimum 0
   */
  total?: number | undefined
}

/**
 * A page of the list.
 */
export interface ApiKeyPage {
  /** The entries of this page, in the order of the list. */
  data: ApiKey[]
  page: PageInfo
}

/**
 * The kind of object.
 */
export type AuditActorType = 'user' | 'api-key' | 'service' | 'system'
/**
 * The author of a change. `system` is main-service itself.
 */
export interface AuditActor {
  /** The kind of object. */
  type: AuditActorType
  /** Id of the object. */
  id: string
}

/**
 * The changed fields, with their values before the change; null if the target was created. Of an object, such as `profile`, only the changed keys. A long value is replaced by `{"truncated", "length"}`: the beginning of a text, the changed items of a list, or the changed keys of an object, and the length of the whole value.
 * @nullable
 */
export type AuditEntryBefore = { [key: string]: unknown } | null

/**
 * The changed fields, with their values after the change; null if the target was deleted. See `before` for long values.
 * @nullable
 */
export type AuditEntryAfter = { [key: string]: unknown } | null

/**
 * The kind of object.
 */
export type AuditTargetType = 'user' | 'role' | 'permission' | 'session' | 'api-key'
/**
 * The changed object.
 */
export interface AuditTarget {
  /** The kind of object. */
  type: AuditTargetType
  /** Id of the object. */
  id: string
}

/**
 * An entry of the audit trail: one change and its author.
 */
export interface AuditEntry {
  /** Id of the entry. */
  id: string
  /** Time of the change (ISO 8601, UTC). */
  at: string
  actor: AuditActor
  /** The kind of change, such as `user.created`. Later releases can add kinds. */
  action: string
  target: AuditTarget
  /**
   * The changed fields, with their values before the change; null if the target was created. Of an object, such as `profile`, only the changed keys. A long value is replaced by `{"truncated", "length"}`: the beginning of a text, the changed items of a list, or the changed keys of an object, and the length of the whole value.
   * @nullable
   */
  before: AuditEntryBefore
  /**
   * The changed fields, with their values after the change; null if the target was deleted. See `before` for long values.
   * @nullable
   */
  after: AuditEntryAfter
  /**
   * IP address of the client; null if a service made the change by itself.
   * @nullable
   */
  address: string | null
  /**
   * `User-Agent` header of the request; null if there was none.
   * @nullable
   */
  userAgent: string | null
  /**
   * `X-Request-Id` of the request that made the change; null if no request did.
   * @nullable
   */
  requestId: string | null
}

/**
 * A page of the list.
 */
export interface AuditEntryPage {
  /** The entries of this page, in the order of the list. */
  data: AuditEntry[]
  page: PageInfo
}

/**
 * URL of each size, by the name of its preset, such as `thumb`. The `Accept` header selects the format. The URLs need no token, and caches can keep the pictures.
 */
export type AvatarUrls = { [key: string]: string }

/**
 * The picture of a user. If its media becomes private or is moved to the trash, the URLs return 404, or 401 without a token.
 */
export interface Avatar {
  /** Id of the picture, a media. */
  mediaId: string
  /** URL of each size, by the name of its preset, such as `thumb`. The `Accept` header selects the format. The URLs need no token, and caches can keep the pictures. */
  urls: AvatarUrls
}

/**
 * The camera that took a picture.
 */
export interface Camera {
  /**
   * Make of the camera, as the camera wrote it; null if the file has none.
   * @nullable
   */
  make: string | null
  /**
   * Model of the camera, as the camera wrote it; null if the file has none.
   * @nullable
   */
  model: string | null
}

/**
 * The body of `changePassword`.
 */
export interface ChangePasswordRequest {
  /**
   * Current password of the user.
   * @maxLength 1024
   */
  currentPassword: string
  /**
   * New password of 10 to 128 characters. No kind of character is required.
   * @minLength 10
   * @maxLength 128
   */
  newPassword: string
}

/**
 * The body of `createApiKey`.
 */
export interface CreateApiKeyRequest {
  /**
   * A name by which you recognise the key.
   * @minLength 1
   * @maxLength 200
   */
  name: string
  /**
   * Names of permissions. The caller must have all of them.
   * @minItems 1
   * @maxItems 100
   * @items.maxLength 100
   * @items.pattern ^(\*|(?:[a-z][a-z0-9-]*|\*):(?:[a-z][a-z0-9-]*|\*)(?::own)?)$
   */
  permissions: string[]
  /**
   * Time at which the key expires. Null: the key never expires.
   * @nullable
   */
  expiresAt?: string | null | undefined
}

/**
 * The body of `createInvitation`.
 */
export interface CreateInvitationRequest {
  /**
   * Email address of at most 254 bytes.
   * @maxLength 254
   */
  email: string
  /**
   * Names of the roles to grant. Default: `user`.
   * @maxItems 100
   * @items.minLength 1
   * @items.maxLength 64
   */
  roles?: string[] | undefined
}

/**
 * The body of `createPermission`.
 */
export interface CreatePermissionRequest {
  /**
   * `resource:action` or `resource:action:own`, with `*` as wildcard.
   * @maxLength 100
   * @pattern ^(\*|(?:[a-z][a-z0-9-]*|\*):(?:[a-z][a-z0-9-]*|\*)(?::own)?)$
   */
  name: string
  /**
   * What the permission allows, at most 1000 characters.
   * @maxLength 1000
   */
  description?: string | undefined
}

/**
 * `stale`: renders missing and stale sizes. `all`: renders every size, even if it is up to date.
 */
export type CreateRegenerationRequestOnly = 'stale' | 'all'
/**
 * Conditions that media must match, all of them. Without conditions: all media.
 */
export interface RegenerationFilter {
  /**
   * Only media with the tag that has this slug.
   * @maxLength 100
   */
  tag?: string | undefined
  /** Only media of the user with this id. */
  owner?: string | undefined
  /**
   * Only sizes of these presets, at most 50. Sizes of deleted presets are removed in any case.
   * @minItems 1
   * @maxItems 50
   * @items.pattern ^[a-z][a-z0-9]{0,31}$
   */
  presets?: string[] | undefined
  /** Only media uploaded before this time. */
  createdBefore?: string | undefined
}

/**
 * The body of `createRegeneration`.
 */
export interface CreateRegenerationRequest {
  /** `stale`: renders missing and stale sizes. `all`: renders every size, even if it is up to date. */
  only?: CreateRegenerationRequestOnly | undefined
  filter?: RegenerationFilter | undefined
}

/**
 * The body of `createRole`.
 */
export interface CreateRoleRequest {
  /**
   * At most 64 letters, digits, blanks and some signs, of one script. No other role can have a name that looks the same, or differs only in case. The name is stored in the Unicode form NFKC.
   * @minLength 1
   * @maxLength 64
   */
  name: string
  /**
   * What the role is for, at most 1000 characters.
   * @maxLength 1000
   */
  description?: string | undefined
  /**
   * Names of all permissions that the role has afterwards, at most 500.
   * @maxItems 500
   * @items.maxLength 100
   */
  permissions?: string[] | undefined
}

/**
 * The body of `createTag`.
 */
export interface CreateTagRequest {
  /**
   * Name of the tag, at most 100 characters.
   * @minLength 1
   * @maxLength 100
   */
  name: string
  /**
   * Form of the tag in URLs, at most 100 lower-case letters, digits and hyphens. Default: derived from the name.
   * @maxLength 100
   */
  slug?: string | undefined
}

/**
 * The kind of exchange: with client credentials (RFC 6749 §4.4), or of a token (RFC 8693).
 */
export type CreateTokenRequestGrantType = 'client_credentials' | 'urn:ietf:params:oauth:grant-type:token-exchange'
/**
 * The type of `subject_token`. Required for token exchange.
 */
export type CreateTokenRequestSubjectTokenType = 'urn:likeness:params:oauth:token-type:api-key'
/**
 * The type of the requested token. Default: an access token.
 */
export type CreateTokenRequestRequestedTokenType = 'urn:ietf:params:oauth:token-type:access_token'
/**
 * The body of `createToken`.
 */
export interface CreateTokenRequest {
  /** The kind of exchange: with client credentials (RFC 6749 §4.4), or of a token (RFC 8693). */
  grant_type: CreateTokenRequestGrantType
  /** Id of an API key. Required for client credentials, unless the request uses HTTP Basic authentication. */
  client_id?: string | undefined
  /** The API key. Required for client credentials, unless the request uses HTTP Basic authentication. */
  client_secret?: string | undefined
  /** The API key. Required for token exchange. */
  subject_token?: string | undefined
  /** The type of `subject_token`. Required for token exchange. */
  subject_token_type?: CreateTokenRequestSubjectTokenType | undefined
  /** The type of the requested token. Default: an access token. */
  requested_token_type?: CreateTokenRequestRequestedTokenType | undefined
  /** At most 100 permissions, separated by spaces. Default: all permissions of the key. */
  scope?: string | undefined
}

/**
 * The body of `createUser`.
 */
export interface CreateUserRequest {
  /**
   * Email address of at most 254 bytes.
   * @maxLength 254
   */
  email: string
  /**
   * Name of the user: 1 to 200 characters.
   * @minLength 1
   * @maxLength 200
   */
  name: string
  /**
   * Password of 10 to 128 characters. Without a password, the user is invited by mail.
   * @minLength 10
   * @maxLength 128
   */
  password?: string | undefined
  /**
   * Names of the roles to grant. Default: `user`.
   * @maxItems 100
   * @items.minLength 1
   * @items.maxLength 64
   */
  roles?: string[] | undefined
}

/**
 * The queue to which a requeue returns the job.
 */
export type DeadJobQueue = 'interactive' | 'bulk'
/**
 * An attempt of a worker to do a job.
 */
export interface JobAttempt {
  /** Name of the worker. */
  worker: string
  /** Time of the start of the attempt (ISO 8601, UTC). */
  startedAt: string
  /**
   * Time of the end of the attempt; null if the worker ended unexpectedly during the attempt.
   * @nullable
   */
  endedAt: string | null
  /** Message of the error that ended the attempt. */
  error: string
}

/**
 * A job that failed and is not retried automatically.
 */
export interface DeadJob {
  /** Id of the dead job. */
  id: string
  /** The queue to which a requeue returns the job. */
  queue: DeadJobQueue
  /**
   * Id of the media; null if the message is not a valid job.
   * @nullable
   */
  mediaId: string | null
  /**
   * Id of the version; null if the message is not a valid job.
   * @nullable
   */
  versionId: string | null
  /** Stable code of the failure, such as `render-timeout`. `/docs/errors` explains each code. */
  code: string
  /** The reason as a sentence for people. */
  reason: string
  /** The last ten attempts, the newest last. */
  attempts: JobAttempt[]
  /** The job. If the message is not a job: the beginning of its text (`text`), its size (`bytes`) and its hash (`sha256`). Null in a list. */
  payload?: unknown | undefined
  /** Time of the last failure (ISO 8601, UTC). */
  failedAt: string
}

/**
 * Conditions that jobs must match, all of them. Without conditions: all dead jobs.
 */
export interface DeadJobFilter {
  /**
   * Only the dead jobs with these ids, at most 1000.
   * @maxItems 1000
   */
  ids?: string[] | undefined
  /**
   * Only jobs that failed with this code.
   * @maxLength 100
   */
  code?: string | undefined
  /**
   * Only jobs that render this preset: every job, except jobs of a regeneration that is limited to other presets.
   * @maxLength 100
   */
  preset?: string | undefined
  /** Only jobs that failed after this time. */
  failedAfter?: string | undefined
  /** Only jobs that failed before this time. */
  failedBefore?: string | undefined
  /** Only jobs of this media. */
  mediaId?: string | undefined
}

/**
 * A page of the list.
 */
export interface DeadJobPage {
  /** The entries of this page, in the order of the list. */
  data: DeadJob[]
  page: PageInfo
}

/**
 * The body of `deleteCurrentUser`.
 */
export interface DeleteCurrentUserRequest {
  /**
   * The current password of the user.
   * @maxLength 1024
   */
  password: string
}

/**
 * A grant that has expired.
 */
export interface ExpiredGrant {
  /** Name of the role. */
  role: string
  /** Name of the permission, such as `media:read:own`. */
  permission: string
  /** Time at which the grant expired (ISO 8601, UTC). */
  expiredAt: string
}

/**
 * The reason as a stable code. `detail` explains it.
 */
export type ExplanationReason =
  | 'granted'
  | 'own-rows-only'
  | 'grant-expired'
  | 'no-such-permission'
  | 'not-granted'
  | 'user-invited'
  | 'user-unverified'
  | 'user-suspended'
  | 'user-deleted'
/**
 * The rows that the answer is about: `all` without `owner`, `own` if `owner` is the user, otherwise `of-others`. A permission such as `media:update:own` is sufficient only for `own`.
 */
export type ExplanationRows = 'all' | 'own' | 'of-others'
/**
 * A permission that a role of the user grants.
 */
export interface Grant {
  /** Name of the role. */
  role: string
  /** Name of the permission, such as `media:read:own`. */
  permission: string
  /** Time at which the grant expires; absent if it does not. */
  expiresAt?: string | undefined
}

/**
 * The explanation, with the grants that it is based on.
 */
export interface Explanation {
  /** Whether the user is allowed to use the permission now. */
  allowed: boolean
  /** The reason as a stable code. `detail` explains it. */
  reason: ExplanationReason
  /** The reason as a sentence. */
  detail: string
  /** The rows that the answer is about: `all` without `owner`, `own` if `owner` is the user, otherwise `of-others`. A permission such as `media:update:own` is sufficient only for `own`. */
  rows: ExplanationRows
  /** Grants that are sufficient for the permission. If there are none: grants that apply only to the user's own rows. */
  because: Grant[]
  /**
   * The narrowest permission that would be sufficient; null if the grants of the user are sufficient.
   * @nullable
   */
  missing: string | null
  /** Grants of this permission that have expired. */
  expired: ExpiredGrant[]
}

/**
 * A feature with its value for the caller.
 */
export interface Feature {
  /** Key of the feature. */
  key: string
  /** Value of the feature: true or false, a number, a text, or any other JSON value. */
  value?: unknown | undefined
  /** Source of the value in the terms of GrowthBook, such as `defaultValue` or `experiment`. `gate`: the default value in the code of Likeness. */
  source: string
}

/**
 * The values of all features, by key.
 */
export type FeaturesFeatures = { [key: string]: unknown }

/**
 * The values of all features for the caller.
 */
export interface Features {
  /** The values of all features, by key. */
  features: FeaturesFeatures
}

/**
 * A field of the request that is not valid.
 */
export interface FieldError {
  /** The field, such as `body.email` or `query.limit`. */
  path: string
  /** What is wrong with the field, such as `must be an email address`. */
  message: string
}

/**
 * The number of slots per worker.
 */
export interface FleetConcurrency {
  /**
   * Number of slots of every worker, from 1 to 64. Null: each worker uses its own setting, `WORKER_SLOTS`.
   * @minimum 1
   * @maximum 64
   * @nullable
   */
  slots: number | null
}

/**
 * The state of the workers: paused or not.
 */
export interface FleetPause {
  /** Whether the workers are paused. Paused workers take no jobs. */
  paused: boolean
}

/**
 * The point of a picture that crops keep in view.
 */
export interface FocalPoint {
  /**
   * Fraction of the width, from the left: 0 to 1.
   * @minimum 0
   * @maximum 1
   */
  x: number
  /**
   * Fraction of the height, from the top: 0 to 1.
   * @minimum 0
   * @maximum 1
   */
  y: number
}

/**
 * The body of `grantRole`.
 */
export interface GrantRoleRequest {
  /**
   * Time at which the grant expires. Null: the grant never expires.
   * @nullable
   */
  expiresAt?: string | null | undefined
}

/**
 * `pending`: not accepted yet. `expired`: the link has expired. `failed`: the mail server rejected the mail permanently.
 */
export type InvitationStatus = 'pending' | 'expired' | 'failed'
/**
 * An invitation by mail that is not accepted yet.
 */
export interface Invitation {
  /** Id of the invitation. */
  id: string
  /** Email address, as the user wrote it. */
  email: string
  /** Names of the roles that the user has. */
  roles: string[]
  /** Id of the invited user. */
  userId: string
  /**
   * Id of the user who sent the invitation; null if that user was erased.
   * @nullable
   */
  invitedBy: string | null
  /** `pending`: not accepted yet. `expired`: the link has expired. `failed`: the mail server rejected the mail permanently. */
  status: InvitationStatus
  /**
   * Time at which the mail server accepted the mail; null until then.
   * @nullable
   */
  sentAt: string | null
  /**
   * Time at which the link expires, 7 days after the mail was sent; null until then.
   * @nullable
   */
  expiresAt: string | null
  /**
   * Reason for which the mail server rejected the mail. Null unless `status` is `failed`.
   * @nullable
   */
  failedReason: string | null
  /** Time of creation (ISO 8601, UTC). */
  createdAt: string
}

/**
 * A page of the list.
 */
export interface InvitationPage {
  /** The entries of this page, in the order of the list. */
  data: Invitation[]
  page: PageInfo
}

/**
 * `interactive`: uploads and reprocessed media. `bulk`: regenerations and media restored with their owner.
 */
export type QueueStatsQueue = 'interactive' | 'bulk'
/**
 * The state of a queue of jobs.
 */
export interface QueueStats {
  /** `interactive`: uploads and reprocessed media. `bulk`: regenerations and media restored with their owner. */
  queue: QueueStatsQueue
  /**
   * Number of jobs that wait for a worker, including jobs that are not published yet. Null while the broker is unavailable.
   * @minimum 0
   * @nullable
   */
  waiting: number | null
  /**
   * Number of jobs that wait for a retry. Null while the broker is unavailable.
   * @minimum 0
   * @nullable
   */
  retrying: number | null
  /**
   * Age of the oldest unfinished job, in seconds. Null if there is no unfinished job.
   * @minimum 0
   * @nullable
   */
  oldestSeconds: number | null
}

/**
 * A worker, as it reported itself last.
 */
export interface Worker {
  /** Name of the worker: its host and its process. */
  name: string
  /**
   * Number of slots of this worker.
   * @minimum 1
   */
  slots: number
  /**
   * Number of slots that are rendering a picture.
   * @minimum 0
   */
  busy: number
  /** Whether this worker is paused. A paused worker takes no jobs. */
  paused: boolean
  /**
   * Resident memory of the worker and its render processes, in bytes.
   * @minimum 0
   */
  memoryBytes: number
  /**
   * Number of jobs that succeeded since the worker started.
   * @minimum 0
   */
  done: number
  /**
   * Number of jobs that failed since the worker started.
   * @minimum 0
   */
  failed: number
  /** Time at which the worker started (ISO 8601, UTC). */
  startedAt: string
  /** Time of the last report of the worker (ISO 8601, UTC). */
  seenAt: string
}

/**
 * Numbers of unfinished versions, without media in the trash.
 */
export interface UnfinishedVersions {
  /**
   * Number of versions that wait for a worker.
   * @minimum 0
   */
  queued: number
  /**
   * Number of versions that are being rendered.
   * @minimum 0
   */
  processing: number
}

/**
 * The state of queues and workers.
 */
export interface JobStats {
  /** Whether the workers are paused. Paused workers take no jobs. */
  paused: boolean
  /**
   * Number of slots of every worker, from 1 to 64. Null: each worker uses its own setting, `WORKER_SLOTS`.
   * @minimum 1
   * @maximum 64
   * @nullable
   */
  slots: number | null
  /** The queues of jobs. */
  queues: QueueStats[]
  /**
   * Number of dead jobs.
   * @minimum 0
   */
  dead: number
  /**
   * Number of jobs that are not published to the broker yet.
   * @minimum 0
   */
  outbox: number
  /** Workers that reported in the last 30 seconds. */
  workers: Worker[]
  versions: UnfinishedVersions
}

/**
 * The body of `login`.
 */
export interface LoginRequest {
  /**
   * Email address of the user, at most 254 characters.
   * @maxLength 254
   */
  email: string
  /**
   * Current password of the user.
   * @maxLength 1024
   */
  password: string
  /**
   * The `deviceToken` from an earlier login on this device. With this token, the device has its own count of failed attempts, so that failed attempts from other devices or from the same network address cannot lock this device out. The login is also processed first if many passwords are being checked.
   * @maxLength 200
   */
  deviceToken?: string | undefined
}

/**
 * `image`: a picture, which is rendered in sizes. `file`: any other file, which is stored as it is.
 */
export type MediaKind = 'image' | 'file'
/**
 * The user who owns a media.
 */
export interface MediaOwner {
  /** Id of the user. */
  id: string
  /** Name of the user, for people. */
  name: string
}

/**
 * `private`, the default: requests need a token and a permission. `public`: everybody can read the media without a token.
 */
export type Visibility = 'private' | 'public'
/**
 * `processing`: no version is ready yet. `ready`: the current version is ready. `failed`: no version is ready, and the newest has failed.
 */
export type MediaStatus = 'processing' | 'ready' | 'failed'
/**
 * A tag of a media.
 */
export interface MediaTag {
  /** Id of the tag. */
  id: string
  /** Form of the tag in URLs. */
  slug: string
  /** Name of the tag, for people. */
  name: string
}

/**
 * Format of the uploaded picture; null for a file that is not a picture.
 * @nullable
 */
export type VersionFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff' | 'heic' | 'svg' | null
/**
 * `queued`: waits for a worker. `processing`: is being rendered. `ready`: has its sizes. `failed`: cannot be rendered; `error` has the reason.
 */
export type VersionStatus = 'queued' | 'processing' | 'ready' | 'failed'
/**
 * The reason why a version cannot be rendered.
 */
export interface VersionError {
  /** Stable code of the failure, such as `corrupt-image`. `/docs/errors` explains each code. */
  code: string
  /** The reason as a sentence for people. */
  message: string
}

/**
 * Format of the picture.
 */
export type SizeFormat = 'avif' | 'jpeg' | 'webp' | 'png' | 'gif'
/**
 * A version of a picture, rendered in the size of a preset and in one format.
 */
export interface Size {
  /** Name of the preset, such as `thumb`. `GET /presets` lists the presets. */
  preset: string
  /** Format of the picture. */
  format: SizeFormat
  /**
   * Width in pixels.
   * @minimum 1
   */
  width: number
  /**
   * Height in pixels.
   * @minimum 1
   */
  height: number
  /**
   * Size of the file in bytes.
   * @minimum 0
   */
  bytes: number
  /** URL of the picture. The request needs a token unless the media is public. */
  url: string
  /** Whether the preset, the focal point or the render pipeline has changed since this size was rendered. */
  stale: boolean
}

/**
 * One uploaded file of a media, with its sizes.
 */
export interface Version {
  /**
   * Number of the version in its media, from 1.
   * @minimum 1
   */
  number: number
  /** SHA-256 of the uploaded file: 64 hexadecimal digits. */
  sha256: string
  /**
   * Size of the uploaded file in bytes.
   * @minimum 0
   */
  bytes: number
  /**
   * Width in pixels, after the rotation that EXIF requests. Null until the picture is rendered, and for files that are not pictures.
   * @minimum 1
   * @nullable
   */
  width: number | null
  /**
   * Height in pixels, after the rotation that EXIF requests. Null until the picture is rendered, and for files that are not pictures.
   * @minimum 1
   * @nullable
   */
  height: number | null
  /**
   * Format of the uploaded picture; null for a file that is not a picture.
   * @nullable
   */
  format: VersionFormat
  /**
   * Whether the picture is animated. Null until it is rendered.
   * @nullable
   */
  animated: boolean | null
  /**
   * Whether the picture has transparency. Null until it is rendered.
   * @nullable
   */
  hasAlpha: boolean | null
  /**
   * ThumbHash of the picture in base64: a placeholder of about 30 bytes to show until a size is loaded. Null until the picture is rendered.
   * @nullable
   */
  thumbhash: string | null
  /**
   * The dominant colour of the picture, as `#rrggbb`. Null until the picture is rendered.
   * @nullable
   */
  dominantColor: string | null
  /** The camera; null if the file has neither a make nor a model, and until the picture is rendered. */
  camera: Camera | null
  /**
   * Time when the photo was taken (ISO 8601). If the file contains the offset of the camera's clock from UTC, the time is in UTC and ends with `Z`. Otherwise, it is the local time of the camera, without an offset. Null if the file has no time.
   * @nullable
   */
  takenAt: string | null
  /** `queued`: waits for a worker. `processing`: is being rendered. `ready`: has its sizes. `failed`: cannot be rendered; `error` has the reason. */
  status: VersionStatus
  /** Code and message of the failure. Null unless `status` is `failed`. */
  error: VersionError | null
  /**
   * Reserved for edited versions. Always null.
   * @nullable
   */
  derivedFrom: number | null
  /** Reserved for edited versions. Always empty. */
  operations: unknown[]
  /** The rendered sizes, the narrowest first. Empty until the picture is rendered, and for other files. */
  sizes: Size[]
  /** Time of the upload (ISO 8601, UTC). */
  createdAt: string
}

/**
 * A picture or another file, with its tags and its current version.
 */
export interface Media {
  /** Id of the media. */
  id: string
  /** Id of the user who owns the media. */
  ownerId: string
  /** The user who owns the media. Only in lists. Null if the user is deleted, or while main-service is unavailable. */
  owner?: MediaOwner | null | undefined
  /** Title of the media; empty if none was given. */
  title: string
  /** Alternative text for people who cannot see the picture; empty if none was given. */
  alt: string
  /** Name of the first uploaded file, without folders. At most 255 characters. */
  filename: string
  /** Media type of the current version, such as `image/jpeg`, read from the bytes of the file. */
  mimeType: string
  /** `image`: a picture, which is rendered in sizes. `file`: any other file, which is stored as it is. */
  kind: MediaKind
  visibility: Visibility
  status: MediaStatus
  /** The point that crops keep in view. Null: crops keep the part that attracts the most attention. */
  focalPoint: FocalPoint | null
  /** Tags of the media, by slug. */
  tags: MediaTag[]
  /** The newest version that is ready or, before any is ready, the newest version. Null only if the database has no version of the media, which no request can cause. */
  currentVersion: Version | null
  /**
   * Time at which the media was moved to the trash; null if it is not in the trash.
   * @nullable
   */
  trashedAt: string | null
  /** Time of creation (ISO 8601, UTC). */
  createdAt: string
  /** Time of the last change (ISO 8601, UTC). */
  updatedAt: string
}

/**
 * A page of the list.
 */
export interface MediaPage {
  /** The entries of this page, in the order of the list. */
  data: Media[]
  page: PageInfo
}

/**
 * The body of `mergeTag`.
 */
export interface MergeTagRequest {
  /** Id of the tag that remains. */
  into: string
}

/**
 * The created API key, with its secret.
 */
export interface NewApiKey {
  /** Id of the key, which is also the `client_id` for `POST /oauth/token`. */
  id: string
  /** Name by which the user recognises the key. */
  name: string
  /** Permissions of the key. A request is also limited to the permissions of the user who created the key. */
  permissions: string[]
  /** The last four characters of the key. */
  hint: string
  /**
   * Time at which the key expires (ISO 8601, UTC); null if it never expires.
   * @nullable
   */
  expiresAt: string | null
  /**
   * Time of the last use of the key, accurate to a few minutes. Null if the key was never used.
   * @nullable
   */
  lastUsedAt: string | null
  /** Time of creation (ISO 8601, UTC). */
  createdAt: string
  /** The API key, a secret. No other response contains it. */
  key: string
}

/**
 * The OAuth error (RFC 6749 §5.2).
 */
export interface OAuthError {
  /** Stable code of the error (RFC 6749 §5.2). */
  error: string
  /** A sentence for people about this error. The sentence can change. */
  error_description: string
  /** The code of the problem, such as `key-expired`, if an API key was rejected. */
  code?: string | undefined
}

/**
 * The type of the access token.
 */
export type OAuthTokenTokenType = 'Bearer'
/**
 * The access token (RFC 6749 §5.1).
 */
export interface OAuthToken {
  /** Access token, valid for `expires_in` seconds. Send it as `Authorization: Bearer …`. */
  access_token: string
  /** The type of the access token. */
  token_type: OAuthTokenTokenType
  /**
   * Lifetime of the access token in seconds.
   * @minimum 0
   */
  expires_in: number
  /** The permissions of the token, separated by spaces. */
  scope?: string | undefined
  /** The type of the token. Only for token exchange. */
  issued_token_type?: string | undefined
}

/**
 * A permission, which roles grant to their users.
 */
export interface Permission {
  /** Id of the permission. */
  id: string
  /** `resource:action` or `resource:action:own`, with `*` as wildcard. */
  name: string
  /** What the permission allows; empty if nobody described it. */
  description: string
  /** Whether the permission is built in. Built-in permissions cannot be renamed or deleted. */
  seeded: boolean
  /** Time of creation (ISO 8601, UTC). */
  createdAt: string
  /** Time of the last change (ISO 8601, UTC). */
  updatedAt: string
}

/**
 * A page of the list.
 */
export interface PermissionPage {
  /** The entries of this page, in the order of the list. */
  data: Permission[]
  page: PageInfo
}

/**
 * `cover` fills width and height and crops the rest, `inside` scales until both sides fit, `width` scales to the width.
 */
export type PresetFit = 'cover' | 'inside' | 'width'
/**
 * A format.
 */
export type PresetFormatsItem = 'avif' | 'jpeg' | 'webp' | 'png' | 'gif'
/**
 * Quality for each format that has one, from 1 to 100.
 */
export interface PresetQuality {
  /**
   * Quality of AVIF, from 1 to 100. Default: 60.
   * @minimum 1
   * @maximum 100
   */
  avif?: number | undefined
  /**
   * Quality of JPEG, from 1 to 100. Default: 75.
   * @minimum 1
   * @maximum 100
   */
  jpeg?: number | undefined
  /**
   * Quality of WebP, from 1 to 100. Default: 80.
   * @minimum 1
   * @maximum 100
   */
  webp?: number | undefined
}

/**
 * The definition of a size in which every picture is rendered.
 */
export interface Preset {
  /**
   * Name of the preset, which is part of the URLs of its sizes.
   * @pattern ^[a-z][a-z0-9]{0,31}$
   */
  name: string
  /** `cover` fills width and height and crops the rest, `inside` scales until both sides fit, `width` scales to the width. */
  fit: PresetFit
  /**
   * Width in pixels, at most 16383.
   * @minimum 1
   * @maximum 16383
   */
  width: number
  /**
   * Height in pixels, at most 16383. Null if `fit` is `width`.
   * @minimum 1
   * @maximum 16383
   * @nullable
   */
  height: number | null
  /** Whether smaller pictures are enlarged. */
  enlarge: boolean
  /**
   * Formats for pictures without alpha or animation. Pictures with alpha or animation can have other formats.
   * @minItems 1
   */
  formats: PresetFormatsItem[]
  quality: PresetQuality
  /** Hash of this definition for pictures without a focal point. Sizes that were rendered with another hash are stale. */
  fingerprint: string
}

/**
 * A page of the list.
 */
export interface PresetPage {
  /** The entries of this page, in the order of the list. */
  data: Preset[]
  page: PageInfo
}

/**
 * The body of `previewRole`.
 */
export interface PreviewRoleRequest {
  /**
   * Name or id of the role.
   * @maxLength 64
   */
  role: string
  /**
   * Names of all permissions that the role has afterwards, at most 500.
   * @maxItems 500
   * @items.maxLength 100
   */
  permissions: string[]
}

/**
 * An error (RFC 9457).
 */
export interface Problem {
  /** URL of the explanation of `code`, relative to the service that returned the response. */
  type: string
  /** The standard phrase for the status, such as `Not Found`. */
  title: string
  /** The HTTP status. */
  status: number
  /** A sentence for people about this error. The sentence can change. */
  detail: string
  /** Path of the request. */
  instance: string
  /** Stable code of the error, in kebab-case. Programs should check this field. */
  code: string
  /** Id of the request, also in the `X-Request-Id` header of the response. Include the id when you report an error. */
  requestId: string
  /** The invalid fields. Only with the code `invalid-request`. */
  errors?: FieldError[] | undefined
}

/**
 * A public key (RFC 7517).
 */
export interface PublicKey {
  /** Key type: `EC`. */
  kty: string
  /** Curve: `P-256`. */
  crv: string
  /** First coordinate of the point on the curve, in base64url. */
  x: string
  /** Second coordinate of the point on the curve, in base64url. */
  y: string
  /** Id of the key, as in the header of a token. */
  kid: string
  /** Signature algorithm: `ES256`. */
  alg: string
  /** Use of the key: `sig`, to verify signatures. */
  use: string
}

/**
 * A set of public keys (RFC 7517).
 */
export interface PublicKeys {
  /** The keys that verify the tokens of this system. */
  keys: PublicKey[]
}

/**
 * The body of `refreshTokens`.
 */
export interface RefreshTokensRequest {
  /**
   * The newest refresh token of the session.
   * @maxLength 200
   */
  refreshToken: string
}

/**
 * `running`: versions are still rendered. `done`: finished. `cancelled`: stopped by a request.
 */
export type RegenerationStatus = 'running' | 'done' | 'cancelled'
/**
 * `stale`: renders missing and stale sizes. `all`: renders every size, even if it is up to date.
 */
export type RegenerationOnly = 'stale' | 'all'
/**
 * The rendering of many media again, with its progress.
 */
export interface Regeneration {
  /** Id of the regeneration. */
  id: string
  /** `running`: versions are still rendered. `done`: finished. `cancelled`: stopped by a request. */
  status: RegenerationStatus
  /** `stale`: renders missing and stale sizes. `all`: renders every size, even if it is up to date. */
  only: RegenerationOnly
  filter: RegenerationFilter
  /**
   * Number of versions to render. The number grows while versions are counted, and is exact at the end.
   * @minimum 0
   */
  total: number
  /**
   * Number of versions that are rendered or needed no rendering.
   * @minimum 0
   */
  done: number
  /**
   * Number of failed versions, which keep their old sizes.
   * @minimum 0
   */
  failed: number
  /**
   * Versions per second during the last minute. Null while unknown.
   * @nullable
   */
  rate: number | null
  /**
   * Estimated remaining time, from `rate`. Null while unknown.
   * @minimum 0
   * @nullable
   */
  secondsLeft: number | null
  /** Time of creation (ISO 8601, UTC). */
  createdAt: string
  /**
   * Time of the end or of the cancellation (ISO 8601, UTC); null while it is running.
   * @nullable
   */
  finishedAt: string | null
}

/**
 * `running`: versions are still rendered. `done`: finished. `cancelled`: stopped by a request.
 */
export type RegenerationDetailsStatus = 'running' | 'done' | 'cancelled'
/**
 * `stale`: renders missing and stale sizes. `all`: renders every size, even if it is up to date.
 */
export type RegenerationDetailsOnly = 'stale' | 'all'
/**
 * A version that a regeneration could not render.
 */
export interface RegenerationFailure {
  /** Id of the media. */
  mediaId: string
  /** Id of the version. */
  versionId: string
  /** Stable code of the failure, such as `render-timeout`. */
  code: string
  /** The reason as a sentence for people. */
  reason: string
}

/**
 * A regeneration with its first failures.
 */
export interface RegenerationDetails {
  /** Id of the regeneration. */
  id: string
  /** `running`: versions are still rendered. `done`: finished. `cancelled`: stopped by a request. */
  status: RegenerationDetailsStatus
  /** `stale`: renders missing and stale sizes. `all`: renders every size, even if it is up to date. */
  only: RegenerationDetailsOnly
  filter: RegenerationFilter
  /**
   * Number of versions to render. The number grows while versions are counted, and is exact at the end.
   * @minimum 0
   */
  total: number
  /**
   * Number of versions that are rendered or needed no rendering.
   * @minimum 0
   */
  done: number
  /**
   * Number of failed versions, which keep their old sizes.
   * @minimum 0
   */
  failed: number
  /**
   * Versions per second during the last minute. Null while unknown.
   * @nullable
   */
  rate: number | null
  /**
   * Estimated remaining time, from `rate`. Null while unknown.
   * @minimum 0
   * @nullable
   */
  secondsLeft: number | null
  /** Time of creation (ISO 8601, UTC). */
  createdAt: string
  /**
   * Time of the end or of the cancellation (ISO 8601, UTC); null while it is running.
   * @nullable
   */
  finishedAt: string | null
  /** The first 100 failures. The dead jobs contain the details. */
  failures: RegenerationFailure[]
}

/**
 * A page of the list.
 */
export interface RegenerationPage {
  /** The entries of this page, in the order of the list. */
  data: Regeneration[]
  page: PageInfo
}

/**
 * The body of `register`.
 */
export interface RegisterRequest {
  /**
   * Email address of at most 254 bytes.
   * @maxLength 254
   */
  email: string
  /**
   * New password of 10 to 128 characters. No kind of character is required.
   * @minLength 10
   * @maxLength 128
   */
  password: string
  /**
   * Name of the user: 1 to 200 characters.
   * @minLength 1
   * @maxLength 200
   */
  name: string
}

/**
 * A file that was rejected.
 */
export interface RejectedUpload {
  /** HTTP status of the error. */
  status: number
  problem: Problem
}

/**
 * The body of `requeueDeadJobs`.
 */
export interface RequeueDeadJobsRequest {
  filter: DeadJobFilter
}

/**
 * The number of requeued jobs.
 */
export interface Requeued {
  /**
   * Number of jobs that were requeued.
   * @minimum 0
   */
  requeued: number
}

/**
 * A named set of permissions, which users can have.
 */
export interface Role {
  /** Id of the role. */
  id: string
  /** Name of the role, which is unique. */
  name: string
  /** What the role is for; empty if nobody described it. */
  description: string
  /** Names of the permissions that the role grants. */
  permissions: string[]
  /** Whether the role is built in. Built-in roles cannot be renamed or deleted. */
  seeded: boolean
  /** Time of creation (ISO 8601, UTC). */
  createdAt: string
  /** Time of the last change (ISO 8601, UTC). */
  updatedAt: string
}

/**
 * A page of the list.
 */
export interface RolePage {
  /** The entries of this page, in the order of the list. */
  data: Role[]
  page: PageInfo
}

/**
 * The effect of a change of a role, and whether the caller can make it.
 */
export interface RolePreviewSummary {
  /**
   * Number of affected users who are not deleted.
   * @minimum 0
   */
  users: number
  /**
   * Number of affected users who are deleted and can be restored. They are not listed in `data`.
   * @minimum 0
   */
  deletedUsers: number
  /** Whether the caller is allowed to make this change now. */
  allowed: boolean
  /** Whether the change would be rejected with `last-admin`, because it would leave no administrator. */
  lastAdmin: boolean
  /** Permissions that the change would add or remove, and that the caller does not have or has only for a limited time. */
  grantExceedsOwn: string[]
  /** Permissions that affected users have and the caller does not have. */
  userExceedsOwn: string[]
}

/**
 * A page of the affected users, with a summary.
 */
export interface RolePreview {
  /** The entries of this page, in the order of the list. */
  data: AffectedUser[]
  page: PageInfo
  summary: RolePreviewSummary
}

/**
 * The metadata of this authorization server (RFC 8414).
 */
export interface ServerMetadata {
  /** The issuer of the tokens: the claim `iss`. */
  issuer: string
  /** URL that exchanges an API key for an access token. */
  token_endpoint: string
  /** URL of the public keys. */
  jwks_uri: string
  /** Response types of an authorization endpoint. Empty, because there is no such endpoint. */
  response_types_supported: string[]
  /** The values of `grant_type` that the token endpoint accepts. */
  grant_types_supported: string[]
  /** The methods by which a client can authenticate at the token endpoint. */
  token_endpoint_auth_methods_supported: string[]
  /** URL of the documentation. */
  service_documentation: string
}

/**
 * A login on one device.
 */
export interface Session {
  /** Id of the session. */
  id: string
  /**
   * The User-Agent header of the login; null if the login had none.
   * @nullable
   */
  device: string | null
  /**
   * IP address of the login or of the last refresh; null if it is unknown.
   * @nullable
   */
  address: string | null
  /** Time of creation (ISO 8601, UTC). */
  createdAt: string
  /** Time of the login or of the last refresh (ISO 8601, UTC). */
  lastUsedAt: string
  /** Whether the access token of the request belongs to this session. */
  current: boolean
}

/**
 * A page of the list.
 */
export interface SessionPage {
  /** The entries of this page, in the order of the list. */
  data: Session[]
  page: PageInfo
}

/**
 * The body of `setAvatar`.
 */
export interface SetAvatarRequest {
  /** Id of an image in medias-service. */
  mediaId: string
}

/**
 * The body of `setConcurrency`.
 */
export interface SetConcurrencyRequest {
  /**
   * Number of slots of every worker, from 1 to 64. Null: each worker uses its own setting, `WORKER_SLOTS`.
   * @minimum 1
   * @maximum 64
   * @nullable
   */
  slots: number | null
}

/**
 * The body of `setMediaTags`.
 */
export interface SetMediaTagsRequest {
  /**
   * Slugs or names of all tags that the media has afterwards, at most 50.
   * @maxItems 50
   * @items.minLength 1
   * @items.maxLength 100
   */
  tags: string[]
}

/**
 * The body of `setRolePermissions`.
 */
export interface SetRolePermissionsRequest {
  /**
   * Names of all permissions that the role has afterwards, at most 500.
   * @maxItems 500
   * @items.maxLength 100
   */
  permissions: string[]
}

/**
 * The body of `setUserRoles`.
 */
export interface SetUserRolesRequest {
  /**
   * Names of all roles that the user has afterwards.
   * @maxItems 100
   * @items.minLength 1
   * @items.maxLength 64
   */
  roles: string[]
}

/**
 * The status of a stored file.
 */
export type StoredUploadStatus = 201
/**
 * A file that was stored.
 */
export interface StoredUpload {
  /** The status of a stored file. */
  status: StoredUploadStatus
  media: Media
}

/**
 * A label of media.
 */
export interface Tag {
  /** Id of the tag. */
  id: string
  /** Form of the tag in URLs, such as `new-york`. */
  slug: string
  /** Name of the tag, for people. */
  name: string
  /**
   * Number of media with this tag, not counting media in the trash.
   * @minimum 0
   */
  count: number
}

/**
 * A page of the list.
 */
export interface TagPage {
  /** The entries of this page, in the order of the list. */
  data: Tag[]
  page: PageInfo
}

/**
 * The services that accept the token.
 */
export type TokenClaimsAud = 'likeness-api'
/**
 * A counter for each role, by role id. The counter increases with every change of the role.
 */
export type TokenClaimsRoleEpochs = { [key: string]: number }

/**
 * The claims of an access token (RFC 9068).
 */
export interface TokenClaims {
  /** The service that issued the token. */
  iss: string
  /** The services that accept the token. */
  aud: TokenClaimsAud
  /** Id of the user. */
  sub: string
  /** Id of the session. The token of an API key has no `sid`. */
  sid?: string | undefined
  /** Id of the API key for which the token was issued. The token of a session has no `key`. */
  key?: string | undefined
  /** Time at which the token was issued, in seconds since 1970. */
  iat: number
  /** Time at which the token expires, in seconds since 1970. */
  exp: number
  /** Id of the token. */
  jti: string
  /** Names of the roles of the user. */
  roles: string[]
  /** Permissions that the token has, such as `media:read:own`. `*` stands for one segment or for everything. */
  permissions: string[]
  /** Email address of the user. */
  email: string
  /** A counter that increases with every change of the user's permissions. */
  epoch: number
  /** A counter for each role, by role id. The counter increases with every change of the role. */
  roleEpochs: TokenClaimsRoleEpochs
}

/**
 * The type of the access token.
 */
export type TokensTokenType = 'Bearer'
/**
 * `active`: can log in. `invited`: has not accepted the invitation yet. `unverified`: has not confirmed the email address yet. `suspended`: cannot log in until an administrator activates the user. `deleted`: can be restored for `ERASURE_DAYS` days.
 */
export type UserStatus = 'active' | 'invited' | 'unverified' | 'suspended' | 'deleted'
/**
 * Custom fields of the user, by name. Empty if there are none.
 */
export type UserProfile = { [key: string]: string | number | boolean | null }

/**
 * A user: a person with an account.
 */
export interface User {
  /** Id of the user. */
  id: string
  /** Email address, as the user wrote it. */
  email: string
  /** Name of the user, for people. */
  name: string
  status: UserStatus
  /** Names of the roles that the user has now. Expired grants are left out. */
  roles: string[]
  /** Custom fields of the user, by name. Empty if there are none. */
  profile: UserProfile
  /** The picture of the user; null if there is none. */
  avatar: Avatar | null
  /**
   * Preferred language, as a language tag (BCP 47) such as `de-CH`; null if not set.
   * @nullable
   */
  locale: string | null
  /**
   * Time at which the email address was verified; null if it is not verified.
   * @nullable
   */
  emailVerifiedAt: string | null
  /** Always false: multi-factor authentication is not implemented. */
  mfaEnabled: boolean
  /**
   * Time of the last login; null if the user has never logged in.
   * @nullable
   */
  lastLoginAt: string | null
  /** Time of creation (ISO 8601, UTC). */
  createdAt: string
  /** Time of the last change (ISO 8601, UTC). */
  updatedAt: string
}

/**
 * The tokens of the session.
 */
export interface Tokens {
  /** Access token, valid for `expiresIn` seconds. Send it as `Authorization: Bearer …`. */
  accessToken: string
  /** Refresh token, which works once. Exchange it at `POST /auth/refresh` for new tokens. */
  refreshToken: string
  /** The type of the access token. */
  tokenType: TokensTokenType
  /**
   * Lifetime of the access token in seconds.
   * @minimum 0
   */
  expiresIn: number
  /** Identifies this device. Store the value and send it with the next login from this device, so that failed attempts from other devices cannot lock this device out. The response to a refresh has no `deviceToken`. */
  deviceToken?: string | undefined
  user: User
}

/**
 * Custom fields with simple values, at most 50 fields and 16384 bytes as JSON. The new profile replaces the old one completely.
 */
export type UpdateCurrentUserRequestProfile = { [key: string]: string | number | boolean | null }

/**
 * The body of `updateCurrentUser`.
 */
export interface UpdateCurrentUserRequest {
  /**
   * Name of the user: 1 to 200 characters.
   * @minLength 1
   * @maxLength 200
   */
  name?: string | undefined
  /**
   * Preferred language, as a language tag (BCP 47) such as `de-CH`.
   * @maxLength 35
   * @nullable
   */
  locale?: string | null | undefined
  /** Custom fields with simple values, at most 50 fields and 16384 bytes as JSON. The new profile replaces the old one completely. */
  profile?: UpdateCurrentUserRequestProfile | undefined
}

/**
 * The body of `updateMedia`.
 */
export interface UpdateMediaRequest {
  /**
   * New title of at most 300 characters.
   * @maxLength 300
   */
  title?: string | undefined
  /**
   * New alternative text of at most 2000 characters.
   * @maxLength 2000
   */
  alt?: string | undefined
  visibility?: Visibility | undefined
  /** The point that crops keep in view. Null: crops keep the part that attracts the most attention. */
  focalPoint?: FocalPoint | null | undefined
}

/**
 * The body of `updatePermission`.
 */
export interface UpdatePermissionRequest {
  /**
   * `resource:action` or `resource:action:own`, with `*` as wildcard.
   * @maxLength 100
   * @pattern ^(\*|(?:[a-z][a-z0-9-]*|\*):(?:[a-z][a-z0-9-]*|\*)(?::own)?)$
   */
  name?: string | undefined
  /**
   * What the permission allows, at most 1000 characters.
   * @maxLength 1000
   */
  description?: string | undefined
}

/**
 * The body of `updateRole`.
 */
export interface UpdateRoleRequest {
  /**
   * At most 64 letters, digits, blanks and some signs, of one script. No other role can have a name that looks the same, or differs only in case. The name is stored in the Unicode form NFKC.
   * @minLength 1
   * @maxLength 64
   */
  name?: string | undefined
  /**
   * What the role is for, at most 1000 characters.
   * @maxLength 1000
   */
  description?: string | undefined
}

/**
 * The body of `updateTag`.
 */
export interface UpdateTagRequest {
  /**
   * New name of the tag, at most 100 characters.
   * @minLength 1
   * @maxLength 100
   */
  name?: string | undefined
  /**
   * New form of the tag in URLs, at most 100 lower-case letters, digits and hyphens.
   * @maxLength 100
   */
  slug?: string | undefined
}

/**
 * `active` activates a suspended or unverified user. If the user has no password, the status becomes `invited`, and the user receives a mail with a new link.
 */
export type UpdateUserRequestStatus = 'active' | 'suspended'
/**
 * Custom fields with simple values, at most 50 fields and 16384 bytes as JSON. The new profile replaces the old one completely.
 */
export type UpdateUserRequestProfile = { [key: string]: string | number | boolean | null }

/**
 * The body of `updateUser`.
 */
export interface UpdateUserRequest {
  /**
   * Email address of at most 254 bytes.
   * @maxLength 254
   */
  email?: string | undefined
  /**
   * Name of the user: 1 to 200 characters.
   * @minLength 1
   * @maxLength 200
   */
  name?: string | undefined
  /** `active` activates a suspended or unverified user. If the user has no password, the status becomes `invited`, and the user receives a mail with a new link. */
  status?: UpdateUserRequestStatus | undefined
  /**
   * Preferred language, as a language tag (BCP 47) such as `de-CH`.
   * @maxLength 35
   * @nullable
   */
  locale?: string | null | undefined
  /** Custom fields with simple values, at most 50 fields and 16384 bytes as JSON. The new profile replaces the old one completely. */
  profile?: UpdateUserRequestProfile | undefined
}

/**
 * The body of `uploadMedia`.
 */
export interface UploadMediaRequest {
  /**
   * Title of at most 300 characters. Default: empty.
   * @maxLength 300
   */
  title?: string | undefined
  /**
   * Alternative text for people who cannot see the picture, at most 2000 characters. Default: empty.
   * @maxLength 2000
   */
  alt?: string | undefined
  visibility?: Visibility | undefined
  /** Slugs or names of tags, at most 50. Repeat the field, or separate tags with commas. Unknown tags are created, which requires `tags:create`. */
  tags?: string[] | undefined
  /**
   * The point that crops keep in view, as `x,y`: fractions of the width and the height, such as `0.5,0.3`.
   * @pattern ^\s*(?:\d+(?:\.\d+)?|\.\d+)\s*,\s*(?:\d+(?:\.\d+)?|\.\d+)\s*$
   */
  focalPoint?: string | undefined
  /**
   * One or more files.
   * @minItems 1
   */
  file: (Blob | File)[]
}

/**
 * The result for one file: the media, or the problem.
 */
export type UploadResult = StoredUpload | RejectedUpload

/**
 * The results, one for each file.
 */
export interface UploadResults {
  /** One result for each file, in the order of the request. */
  results: UploadResult[]
}

/**
 * The body of `uploadVersion`.
 */
export interface UploadVersionRequest {
  /** The file. */
  file: Blob | File
}

/**
 * The data about a user that every signed-in caller can read.
 */
export interface UserCard {
  /** Id of the user. */
  id: string
  /** Name of the user. */
  name: string
  /** The picture of the user; null if there is none. */
  avatar: Avatar | null
}

/**
 * The cards of several users.
 */
export interface UserCardList {
  /** The cards, in the order of `ids`. Unknown and deleted users are left out. */
  data: UserCard[]
}

/**
 * A page of the list.
 */
export interface UserPage {
  /** The entries of this page, in the order of the list. */
  data: User[]
  page: PageInfo
}

/**
 * A page of the list.
 */
export interface VersionPage {
  /** The entries of this page, in the order of the list. */
  data: Version[]
  page: PageInfo
}

export type ExplainAccessParams = {
  /**
   * Id of the user. Default: the caller.
   */
  user?: string | undefined
  /**
   * Name of the permission: `resource:action`.
   * @maxLength 100
   * @pattern ^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$
   */
  permission: string
  /**
   * Id of the user who owns the rows.
   */
  owner?: string | undefined
}

export type PreviewRoleParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: createdAt, updatedAt, name, email. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: PreviewRoleCount | undefined
}

export type PreviewRoleCount = 'true' | 'false'
export type ListApiKeysParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: createdAt, name. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListApiKeysCount | undefined
}

export type ListApiKeysCount = 'true' | 'false'
export type ListAuditEntriesParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: at. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListAuditEntriesCount | undefined
  /**
   * Id of the actor: a user, an API key or a service.
   * @maxLength 200
   */
  actor?: string | undefined
  /**
   * An action such as `user.created`, or a prefix such as `user.`.
   * @maxLength 100
   * @pattern ^[a-z-]+\.([a-z-]+)?$
   */
  action?: string | undefined
  /**
   * Id of the target: a user, role, permission, session or API key.
   * @maxLength 200
   */
  target?: string | undefined
  /**
   * `X-Request-Id` of the request that made the change.
   * @maxLength 200
   */
  requestId?: string | undefined
  /**
   * Earliest time, inclusive.
   */
  from?: string | undefined
  /**
   * Latest time, exclusive.
   */
  to?: string | undefined
}

export type ListAuditEntriesCount = 'true' | 'false'
export type ListFeaturesParams = {
  /**
   * Additional attributes for the evaluation, as a JSON object. `id`, `roles` and `emailDomain` are ignored, because they are taken from the access token.
   * @maxLength 4000
   */
  attributes?: string | undefined
}

export type GetFeatureParams = {
  /**
   * Additional attributes for the evaluation, as a JSON object. `id`, `roles` and `emailDomain` are ignored, because they are taken from the access token.
   * @maxLength 4000
   */
  attributes?: string | undefined
}

export type ListDeadJobsParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: failedAt. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListDeadJobsCount | undefined
  /**
   * Only jobs that failed with this code.
   * @maxLength 100
   */
  code?: string | undefined
  /**
   * Only jobs that render this preset: every job, except jobs of a regeneration that is limited to other presets.
   * @maxLength 100
   */
  preset?: string | undefined
  /**
   * Only jobs that failed after this time.
   */
  failedAfter?: string | undefined
  /**
   * Only jobs that failed before this time.
   */
  failedBefore?: string | undefined
  /**
   * Only jobs of this media.
   */
  mediaId?: string | undefined
}

export type ListDeadJobsCount = 'true' | 'false'
export type ListMediaParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: createdAt, updatedAt, title. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListMediaCount | undefined
  /**
   * Slug or name of a tag; can be repeated up to 20 times. Only media with all of these tags.
   * @maxItems 20
   * @items.maxLength 100
   */
  tag?: string[] | undefined
  /**
   * Slug or name of a tag; can be repeated up to 20 times. Only media with at least one of these tags.
   * @maxItems 20
   * @items.maxLength 100
   */
  anyTag?: string[] | undefined
  /**
   * Only media of this type, such as `image/png` or `image/*`.
   * @maxLength 100
   */
  type?: string | undefined
  /**
   * Only media with this status.
   */
  status?: ListMediaStatus | undefined
  /**
   * Only media whose title or file name contains this text, ignoring case.
   * @maxLength 200
   */
  q?: string | undefined
  /**
   * Only media uploaded after this time.
   */
  createdAfter?: string | undefined
  /**
   * `true`: only media in the trash. `false`: only media outside the trash.
   */
  trashed?: ListMediaTrashed | undefined
  /**
   * Only media of the user with this id.
   */
  owner?: string | undefined
}

export type ListMediaCount = 'true' | 'false'
export type ListMediaStatus = 'processing' | 'ready' | 'failed'
export type ListMediaTrashed = 'true' | 'false'
export type DeleteMediaParams = {
  /**
   * `true` deletes the media permanently, whether it is in the trash or not.
   */
  permanent?: DeleteMediaPermanent | undefined
}

export type DeleteMediaPermanent = 'true' | 'false'
export type DownloadOriginalParams = {
  /**
   * Number of the version. Default: the current version.
   * @minimum 1
   * @maximum 2147483647
   */
  version?: number | undefined
}

export type DownloadSizeParams = {
  /**
   * Number of the version. Default: the current version.
   * @minimum 1
   * @maximum 2147483647
   */
  v?: number | undefined
}

export type ListPermissionsParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: name, createdAt. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListPermissionsCount | undefined
}

export type ListPermissionsCount = 'true' | 'false'
export type ListPresetsParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
}

export type ListRegenerationsParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: createdAt. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListRegenerationsCount | undefined
}

export type ListRegenerationsCount = 'true' | 'false'
export type ListRolesParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: name, createdAt. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListRolesCount | undefined
}

export type ListRolesCount = 'true' | 'false'
export type DeleteRoleParams = {
  /**
   * `true` deletes the role even if users have it.
   */
  force?: DeleteRoleForce | undefined
}

export type DeleteRoleForce = 'true' | 'false'
export type ListRoleUsersParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: createdAt, updatedAt, name, email. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListRoleUsersCount | undefined
}

export type ListRoleUsersCount = 'true' | 'false'
export type ListTagsParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: name, createdAt. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListTagsCount | undefined
  /**
   * Only tags whose name or slug starts with this text, ignoring case.
   * @maxLength 100
   */
  q?: string | undefined
}

export type ListTagsCount = 'true' | 'false'
export type ListUsersParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: createdAt, updatedAt, name, email. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListUsersCount | undefined
  /**
   * Only users whose name or email address contains this text, ignoring case.
   * @maxLength 200
   */
  q?: string | undefined
  /**
   * Only users with this status. `deleted`: users who can be restored. Without this parameter, the list has no deleted users.
   */
  status?: ListUsersStatus | undefined
  /**
   * Name of a role: only users who have this role.
   * @maxLength 64
   */
  role?: string | undefined
}

export type ListUsersCount = 'true' | 'false'
export type ListUsersStatus = 'active' | 'invited' | 'unverified' | 'suspended' | 'deleted'
export type ListUserCardsParams = {
  /**
   * Ids of users, at most 100. Repeat the parameter, or separate ids with commas.
   * @maxItems 100
   */
  ids: string[]
}

export type ListInvitationsParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: createdAt, email. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListInvitationsCount | undefined
  /**
   * `pending`: not accepted yet. `expired`: the link has expired. `failed`: the mail server rejected the mail permanently.
   */
  status?: ListInvitationsStatus | undefined
}

export type ListInvitationsCount = 'true' | 'false'
export type ListInvitationsStatus = 'pending' | 'expired' | 'failed'
export type ListUserMediaParams = {
  /**
   * Maximum number of entries in the page, from 1 to 200.
   * @minimum 1
   * @maximum 200
   */
  limit?: number | undefined
  /**
   * A cursor: the `page.next` of the previous page. Without it, the list starts at the beginning.
   * @maxLength 4000
   */
  after?: string | undefined
  /**
   * Sort keys, comma-separated: createdAt, updatedAt, title. A leading - sorts in descending order.
   * @maxLength 200
   */
  sort?: string | undefined
  /**
   * `true` adds the number of all entries as `page.total`.
   */
  count?: ListUserMediaCount | undefined
  /**
   * Slug or name of a tag; can be repeated up to 20 times. Only media with all of these tags.
   * @maxItems 20
   * @items.maxLength 100
   */
  tag?: string[] | undefined
  /**
   * Slug or name of a tag; can be repeated up to 20 times. Only media with at least one of these tags.
   * @maxItems 20
   * @items.maxLength 100
   */
  anyTag?: string[] | undefined
  /**
   * Only media of this type, such as `image/png` or `image/*`.
   * @maxLength 100
   */
  type?: string | undefined
  /**
   * Only media with this status.
   */
  status?: ListUserMediaStatus | undefined
  /**
   * Only media whose title or file name contains this text, ignoring case.
   * @maxLength 200
   */
  q?: string | undefined
  /**
   * Only media uploaded after this time.
   */
  createdAfter?: string | undefined
  /**
   * `true`: only media in the trash. `false`: only media outside the trash.
   */
  trashed?: ListUserMediaTrashed | undefined
}

export type ListUserMediaCount = 'true' | 'false'
export type ListUserMediaStatus = 'processing' | 'ready' | 'failed'
export type ListUserMediaTrashed = 'true' | 'false'
