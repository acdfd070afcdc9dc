// Generated from docs/openapi.json by `npm run client`. Do not edit.

import type { Client } from '../client.ts'
import { pagesQuery, readQuery, type PageOptions, type QueryOptions } from '../query/query.ts'
import type {
  ExplainAccessParams,
  GetFeatureParams,
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
} from './models.ts'
import {
  explainAccess,
  type ExplainAccessAnswers,
  getApiKey,
  type GetApiKeyAnswers,
  getCurrentUser,
  type GetCurrentUserAnswers,
  getDeadJob,
  type GetDeadJobAnswers,
  getFeature,
  type GetFeatureAnswers,
  getInvitation,
  type GetInvitationAnswers,
  getJobStats,
  type GetJobStatsAnswers,
  getMedia,
  type GetMediaAnswers,
  getPermission,
  type GetPermissionAnswers,
  getPublicKeys,
  type GetPublicKeysAnswers,
  getRegeneration,
  type GetRegenerationAnswers,
  getRole,
  type GetRoleAnswers,
  getServerMetadata,
  type GetServerMetadataAnswers,
  getTag,
  type GetTagAnswers,
  getTokenClaims,
  type GetTokenClaimsAnswers,
  getUser,
  type GetUserAnswers,
  getUserCard,
  type GetUserCardAnswers,
  getVersion,
  type GetVersionAnswers,
  listApiKeys,
  type ListApiKeysAnswers,
  listAuditEntries,
  type ListAuditEntriesAnswers,
  listDeadJobs,
  type ListDeadJobsAnswers,
  listFeatures,
  type ListFeaturesAnswers,
  listInvitations,
  type ListInvitationsAnswers,
  listMedia,
  type ListMediaAnswers,
  listPermissions,
  type ListPermissionsAnswers,
  listPresets,
  type ListPresetsAnswers,
  listRegenerations,
  type ListRegenerationsAnswers,
  listRoleUsers,
  type ListRoleUsersAnswers,
  listRoles,
  type ListRolesAnswers,
  listSessions,
  type ListSessionsAnswers,
  listTags,
  type ListTagsAnswers,
  listUserCards,
  type ListUserCardsAnswers,
  listUserMedia,
  type ListUserMediaAnswers,
  listUsers,
  type ListUsersAnswers,
  listVersions,
  type ListVersionsAnswers,
} from './operations.ts'

/** Explain why a user has or lacks a permission. */
export const explainAccessOptions = (
  client: Client,
  query: ExplainAccessParams,
): QueryOptions<ExplainAccessAnswers[200]> =>
  readQuery(['explainAccess', query], (options) => explainAccess(client, query, options))

/** Get one of the caller's API keys. */
export const getApiKeyOptions = (client: Client, id: string): QueryOptions<GetApiKeyAnswers[200]> =>
  readQuery(['getApiKey', id], (options) => getApiKey(client, id, options))

/** Get the current user. */
export const getCurrentUserOptions = (client: Client): QueryOptions<GetCurrentUserAnswers[200]> =>
  readQuery(['getCurrentUser'], (options) => getCurrentUser(client, options))

/** Get a dead job. */
export const getDeadJobOptions = (client: Client, id: string): QueryOptions<GetDeadJobAnswers[200]> =>
  readQuery(['getDeadJob', id], (options) => getDeadJob(client, id, options))

/** Evaluate one feature for the caller. */
export const getFeatureOptions = (
  client: Client,
  key: string,
  query?: GetFeatureParams,
): QueryOptions<GetFeatureAnswers[200]> =>
  readQuery(['getFeature', key, query], (options) => getFeature(client, key, query, options))

/** Get an invitation. */
export const getInvitationOptions = (client: Client, id: string): QueryOptions<GetInvitationAnswers[200]> =>
  readQuery(['getInvitation', id], (options) => getInvitation(client, id, options))

/** Get the state of queues and workers. */
export const getJobStatsOptions = (client: Client): QueryOptions<GetJobStatsAnswers[200]> =>
  readQuery(['getJobStats'], (options) => getJobStats(client, options))

/** Get a media. */
export const getMediaOptions = (client: Client, id: string): QueryOptions<GetMediaAnswers[200]> =>
  readQuery(['getMedia', id], (options) => getMedia(client, id, options))

/** Get a permission. */
export const getPermissionOptions = (client: Client, id: string): QueryOptions<GetPermissionAnswers[200]> =>
  readQuery(['getPermission', id], (options) => getPermission(client, id, options))

/** Get the public keys that verify tokens (RFC 7517). */
export const getPublicKeysOptions = (client: Client): QueryOptions<GetPublicKeysAnswers[200]> =>
  readQuery(['getPublicKeys'], (options) => getPublicKeys(client, options))

/** Get the progress and the failures of a regeneration. */
export const getRegenerationOptions = (client: Client, id: string): QueryOptions<GetRegenerationAnswers[200]> =>
  readQuery(['getRegeneration', id], (options) => getRegeneration(client, id, options))

/** Get a role. */
export const getRoleOptions = (client: Client, id: string): QueryOptions<GetRoleAnswers[200]> =>
  readQuery(['getRole', id], (options) => getRole(client, id, options))

/** Get the metadata of this authorization server (RFC 8414). */
export const getServerMetadataOptions = (client: Client): QueryOptions<GetServerMetadataAnswers[200]> =>
  readQuery(['getServerMetadata'], (options) => getServerMetadata(client, options))

/** Get a tag. */
export const getTagOptions = (client: Client, id: string): QueryOptions<GetTagAnswers[200]> =>
  readQuery(['getTag', id], (options) => getTag(client, id, options))

/** Get the access token's claims. */
export const getTokenClaimsOptions = (client: Client): QueryOptions<GetTokenClaimsAnswers[200]> =>
  readQuery(['getTokenClaims'], (options) => getTokenClaims(client, options))

/** Get a user. */
export const getUserOptions = (client: Client, id: string): QueryOptions<GetUserAnswers[200]> =>
  readQuery(['getUser', id], (options) => getUser(client, id, options))

/** Get the card of a user. */
export const getUserCardOptions = (client: Client, id: string): QueryOptions<GetUserCardAnswers[200]> =>
  readQuery(['getUserCard', id], (options) => getUserCard(client, id, options))

/** Get a version of a media. */
export const getVersionOptions = (client: Client, id: string, number: string): QueryOptions<GetVersionAnswers[200]> =>
  readQuery(['getVersion', id, number], (options) => getVersion(client, id, number, options))

/** List the caller's API keys. */
export const listApiKeysOptions = (client: Client, query?: ListApiKeysParams): QueryOptions<ListApiKeysAnswers[200]> =>
  readQuery(['listApiKeys', query], (options) => listApiKeys(client, query, options))

/** List the entries of the audit trail. */
export const listAuditEntriesOptions = (
  client: Client,
  query?: ListAuditEntriesParams,
): QueryOptions<ListAuditEntriesAnswers[200]> =>
  readQuery(['listAuditEntries', query], (options) => listAuditEntries(client, query, options))

/** List dead jobs. */
export const listDeadJobsOptions = (
  client: Client,
  query?: ListDeadJobsParams,
): QueryOptions<ListDeadJobsAnswers[200]> =>
  readQuery(['listDeadJobs', query], (options) => listDeadJobs(client, query, options))

/** Evaluate all features for the caller. */
export const listFeaturesOptions = (
  client: Client,
  query?: ListFeaturesParams,
): QueryOptions<ListFeaturesAnswers[200]> =>
  readQuery(['listFeatures', query], (options) => listFeatures(client, query, options))

/** List invitations. */
export const listInvitationsOptions = (
  client: Client,
  query?: ListInvitationsParams,
): QueryOptions<ListInvitationsAnswers[200]> =>
  readQuery(['listInvitations', query], (options) => listInvitations(client, query, options))

/** List media. */
export const listMediaOptions = (client: Client, query?: ListMediaParams): QueryOptions<ListMediaAnswers[200]> =>
  readQuery(['listMedia', query], (options) => listMedia(client, query, options))

/** List permissions. */
export const listPermissionsOptions = (
  client: Client,
  query?: ListPermissionsParams,
): QueryOptions<ListPermissionsAnswers[200]> =>
  readQuery(['listPermissions', query], (options) => listPermissions(client, query, options))

/** List presets. */
export const listPresetsOptions = (client: Client, query?: ListPresetsParams): QueryOptions<ListPresetsAnswers[200]> =>
  readQuery(['listPresets', query], (options) => listPresets(client, query, options))

/** List regenerations. */
export const listRegenerationsOptions = (
  client: Client,
  query?: ListRegenerationsParams,
): QueryOptions<ListRegenerationsAnswers[200]> =>
  readQuery(['listRegenerations', query], (options) => listRegenerations(client, query, options))

/** List the users who have a role. */
export const listRoleUsersOptions = (
  client: Client,
  id: string,
  query?: ListRoleUsersParams,
): QueryOptions<ListRoleUsersAnswers[200]> =>
  readQuery(['listRoleUsers', id, query], (options) => listRoleUsers(client, id, query, options))

/** List roles. */
export const listRolesOptions = (client: Client, query?: ListRolesParams): QueryOptions<ListRolesAnswers[200]> =>
  readQuery(['listRoles', query], (options) => listRoles(client, query, options))

/** List the caller's sessions. */
export const listSessionsOptions = (client: Client): QueryOptions<ListSessionsAnswers[200]> =>
  readQuery(['listSessions'], (options) => listSessions(client, options))

/** List tags. */
export const listTagsOptions = (client: Client, query?: ListTagsParams): QueryOptions<ListTagsAnswers[200]> =>
  readQuery(['listTags', query], (options) => listTags(client, query, options))

/** List the cards of users. */
export const listUserCardsOptions = (
  client: Client,
  query: ListUserCardsParams,
): QueryOptions<ListUserCardsAnswers[200]> =>
  readQuery(['listUserCards', query], (options) => listUserCards(client, query, options))

/** List a user's media. */
export const listUserMediaOptions = (
  client: Client,
  id: string,
  query?: ListUserMediaParams,
): QueryOptions<ListUserMediaAnswers[200]> =>
  readQuery(['listUserMedia', id, query], (options) => listUserMedia(client, id, query, options))

/** List users. */
export const listUsersOptions = (client: Client, query?: ListUsersParams): QueryOptions<ListUsersAnswers[200]> =>
  readQuery(['listUsers', query], (options) => listUsers(client, query, options))

/** List the versions of a media. */
export const listVersionsOptions = (client: Client, id: string): QueryOptions<ListVersionsAnswers[200]> =>
  readQuery(['listVersions', id], (options) => listVersions(client, id, options))

/** List the caller's API keys, page by page. */
export const listApiKeysPages = (client: Client, query?: ListApiKeysParams): PageOptions<ListApiKeysAnswers[200]> =>
  pagesQuery(['listApiKeys', query], (after, options) => listApiKeys(client, { ...query, after }, options))

/** List the entries of the audit trail, page by page. */
export const listAuditEntriesPages = (
  client: Client,
  query?: ListAuditEntriesParams,
): PageOptions<ListAuditEntriesAnswers[200]> =>
  pagesQuery(['listAuditEntries', query], (after, options) => listAuditEntries(client, { ...query, after }, options))

/** List dead jobs, page by page. */
export const listDeadJobsPages = (client: Client, query?: ListDeadJobsParams): PageOptions<ListDeadJobsAnswers[200]> =>
  pagesQuery(['listDeadJobs', query], (after, options) => listDeadJobs(client, { ...query, after }, options))

/** List invitations, page by page. */
export const listInvitationsPages = (
  client: Client,
  query?: ListInvitationsParams,
): PageOptions<ListInvitationsAnswers[200]> =>
  pagesQuery(['listInvitations', query], (after, options) => listInvitations(client, { ...query, after }, options))

/** List media, page by page. */
export const listMediaPages = (client: Client, query?: ListMediaParams): PageOptions<ListMediaAnswers[200]> =>
  pagesQuery(['listMedia', query], (after, options) => listMedia(client, { ...query, after }, options))

/** List permissions, page by page. */
export const listPermissionsPages = (
  client: Client,
  query?: ListPermissionsParams,
): PageOptions<ListPermissionsAnswers[200]> =>
  pagesQuery(['listPermissions', query], (after, options) => listPermissions(client, { ...query, after }, options))

/** List presets, page by page. */
export const listPresetsPages = (client: Client, query?: ListPresetsParams): PageOptions<ListPresetsAnswers[200]> =>
  pagesQuery(['listPresets', query], (after, options) => listPresets(client, { ...query, after }, options))

/** List regenerations, page by page. */
export const listRegenerationsPages = (
  client: Client,
  query?: ListRegenerationsParams,
): PageOptions<ListRegenerationsAnswers[200]> =>
  pagesQuery(['listRegenerations', query], (after, options) => listRegenerations(client, { ...query, after }, options))

/** List the users who have a role, page by page. */
export const listRoleUsersPages = (
  client: Client,
  id: string,
  query?: ListRoleUsersParams,
): PageOptions<ListRoleUsersAnswers[200]> =>
  pagesQuery(['listRoleUsers', id, query], (after, options) => listRoleUsers(client, id, { ...query, after }, options))

/** List roles, page by page. */
export const listRolesPages = (client: Client, query?: ListRolesParams): PageOptions<ListRolesAnswers[200]> =>
  pagesQuery(['listRoles', query], (after, options) => listRoles(client, { ...query, after }, options))

/** List tags, page by page. */
export const listTagsPages = (client: Client, query?: ListTagsParams): PageOptions<ListTagsAnswers[200]> =>
  pagesQuery(['listTags', query], (after, options) => listTags(client, { ...query, after }, options))

/** List a user's media, page by page. */
export const listUserMediaPages = (
  client: Client,
  id: string,
  query?: ListUserMediaParams,
): PageOptions<ListUserMediaAnswers[200]> =>
  pagesQuery(['listUserMedia', id, query], (after, options) => listUserMedia(client, id, { ...query, after }, options))

/** List users, page by page. */
export const listUsersPages = (client: Client, query?: ListUsersParams): PageOptions<ListUsersAnswers[200]> =>
  pagesQuery(['listUsers', query], (after, options) => listUsers(client, { ...query, after }, options))
