import { Readable } from 'node:stream'

import { reach, type Scope } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'
import { create as createContentDisposition } from 'content-disposition'
import type { Request, Response } from 'express'

import { assertInScope } from '../accounts/change-user.ts'
import { presentApiKey } from '../api-keys/api-key-presenter.ts'
import { recordChange } from '../audit/record-change.ts'
import type { Context } from '../context.ts'
import { assertCovers } from '../permissions/rights.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser, type UserRow } from '../users/user-rows.ts'
import { sendArchive, type Archive } from './archive.ts'
import type { ExportEnd } from './export-limiter.ts'
import {
  findExportedUser,
  listExportedApiKeys,
  listExportedAudit,
  listExportedSessions,
  type ExportedUserRow,
} from './export-rows.ts'
import { presentExportedAuditEntry } from './exported-audit-presenter.ts'
import { inBatches, jsonArray, jsonLines, jsonObject } from './json-pieces.ts'
import { assertMediaListed, listOwnedMedia, openOriginal } from './owned-media.ts'
import { describeOmissions } from './readme.ts'
import { safeFileName } from './safe-file-name.ts'

/** The connection is closed if the client reads nothing for this long, so that others can use its slot. */
const IDLE_LIMIT_MS = 60_000
/** Rows in memory at a time. */
const BATCH = 500

interface ExportRequest {
  userId: string
  caller: Caller
  scope: Scope
}

/**
 * Sends all data about a user as a ZIP, which is generated while it is sent. The ZIP is not stored: after an
 * interrupted download, the client starts again. It contains the user's media if the caller has the permission to read
 * them.
 *
 * @throws {Problem} 404, 403 `user-exceeds-own` for another user with more permissions, 429 `too-many-exports`, 503 if medias-service is unavailable. After the first byte, a failure
 *   closes the connection instead.
 */
export async function exportUser(
  context: Context,
  { userId, caller, scope }: ExportRequest,
  { request, response }: { request: Request; response: Response },
): Promise<void> {
  const { maindb, mediasService, exportLimiter } = context
  assertInScope(scope, caller, userId)
  const user = await findUser(maindb, userId)
  const details = await findExportedUser(maindb, userId)
  if (!user || !details) throw problems.notFound('user')
  // Not if the caller is an API key of the user: a key can always export its creator, with the scope `own` too.
  if (caller.id !== userId) await assertCovers(maindb, caller, userId)
  const withMedia = canReadMedia(caller, userId)

  const release = exportLimiter.acquireSlot(caller.id)
  try {
    if (withMedia) await assertMediaListed(mediasService, userId)
    if (request.method !== 'HEAD') await recordExport(context, userId, withMedia)
    response.status(200).set({
      'Content-Type': 'application/zip',
      'Content-Disposition': createContentDisposition(`likeness-export-${userId}.zip`),
      'Cache-Control': 'no-store',
    })
    if (request.method === 'HEAD') return void response.end()
    exportLimiter.count(await send(context, response, { user, details, withMedia }))
  } finally {
    release()
  }
}

async function send(
  context: Context,
  response: Response,
  { user, details, withMedia }: { user: UserRow; details: ExportedUserRow; withMedia: boolean },
): Promise<ExportEnd> {
  try {
    return await sendArchive(response, {
      idleLimitMs: IDLE_LIMIT_MS,
      async fill(archive) {
        await addPerson(context, archive, user, details)
        await addAudit(context, archive, user.id)
        const gone = withMedia ? await addMedia(context, archive, user.id) : 0
        await addOmissions(archive, { withMedia, gone })
      },
    })
  } catch (error) {
    context.logger.error({ event: 'export.failed', userId: user.id, error: (error as Error).cause ?? error })
    return 'failed'
  }
}

function canReadMedia(caller: Caller, userId: string): boolean {
  const scope = reach(caller.claims.permissions, 'media:read')
  return scope === 'all' || (scope === 'own' && caller.id === userId)
}

const recordExport = ({ maindb }: Context, userId: string, withMedia: boolean) =>
  maindb.transaction((unit) =>
    recordChange(unit, 'user.exported', { target: { type: 'user', id: userId }, after: { withMedia } }),
  )

async function addPerson(
  { maindb }: Context,
  archive: Archive,
  user: UserRow,
  details: ExportedUserRow,
): Promise<void> {
  const sessions = inBatches(BATCH, (last: { id: string } | undefined) =>
    listExportedSessions(maindb, user.id, { after: last?.id, limit: BATCH }),
  )
  const apiKeys = inBatches(BATCH, async (last: { id: string } | undefined) => {
    const rows = await listExportedApiKeys(maindb, user.id, { after: last?.id, limit: BATCH })
    return rows.map((row) => ({ ...presentApiKey(row), revokedAt: row.revokedAt }))
  })
  await addJson(archive, 'person.json', jsonObject({ user: presentUser(user), ...details, sessions, apiKeys }))
}

async function addAudit({ maindb }: Context, archive: Archive, userId: string): Promise<void> {
  const lines = inBatches(BATCH, async (last: { at: string; id: string } | undefined) => {
    const rows = await listExportedAudit(maindb, userId, { after: last, limit: BATCH })
    return rows.map(presentExportedAuditEntry)
  })
  await addJson(archive, 'audit.jsonl', jsonLines(lines))
}

/** @returns the number of files that were deleted during the export. */
async function addMedia({ mediasService }: Context, archive: Archive, userId: string): Promise<number> {
  const { signal } = archive
  await addJson(archive, 'media.json', jsonArray(listOwnedMedia(mediasService, userId, signal)))
  let gone = 0
  for await (const page of listOwnedMedia(mediasService, userId, signal)) {
    for (const { id: mediaId, filename, versions } of page) {
      for (const { number, bytes, createdAt } of versions) {
        const original = await openOriginal(mediasService, { mediaId, number }, signal)
        if (!original) {
          gone += 1
          continue
        }
        const path = `media/${mediaId}/${number}-${safeFileName(filename)}`
        await archive.add(path, original, { modifiedAt: new Date(createdAt), deflate: false, bytes })
      }
    }
  }
  return gone
}

async function addOmissions(archive: Archive, omissions: { withMedia: boolean; gone: number }): Promise<void> {
  const text = describeOmissions(omissions)
  if (text !== '') await archive.add('README.txt', Readable.from([text]), { modifiedAt: new Date(), deflate: true })
}

const addJson = (archive: Archive, path: string, pieces: AsyncIterable<string>) =>
  archive.add(path, Readable.from(pieces), { modifiedAt: new Date(), deflate: true })
