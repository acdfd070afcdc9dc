import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

import { makeCameraPicture, type System } from '@likeness/test-kit'

import { violate, type Ledger, type RoleEdits } from './ledger.ts'
import { attempt } from './requests.ts'
import type { Session } from './session.ts'

const RETRY_MS = 200
/** Repetitions of an upload until it counts as unanswered. */
const UPLOAD_TRIES = 40

/** Uploads different pictures, one after another, each with an Idempotency-Key, and repeats those without an answer. */
export async function uploadPictures(
  system: System,
  ledger: Ledger,
  session: Session,
  name: string,
  stopping: AbortSignal,
): Promise<void> {
  const picture = (await makeCameraPicture({ width: 640, height: 480 })).bytes
  for (let number = 1; !stopping.aborted; number++) {
    const filename = `${name}-${number}.jpg`
    await uploadOnce(system, ledger, session, { filename, bytes: withComment(picture, filename) }, stopping)
    await pause(300 + Math.random() * 300)
  }
}

async function uploadOnce(
  system: System,
  ledger: Ledger,
  session: Session,
  { filename, bytes }: { filename: string; bytes: Buffer },
  stopping: AbortSignal,
): Promise<void> {
  for (let tries = 0; tries < UPLOAD_TRIES && !stopping.aborted; tries++) {
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' }), filename)
    const answer = await attempt(ledger, 'POST', `${system.mediasUrl}/api/v1/media`, {
      body: form,
      token: session.accessToken(),
      headers: { 'idempotency-key': filename },
    })
    if (answer?.status === 201) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      ledger.uploads.push({ mediaId: answer.body.id, filename, sha256 })
      return
    }
    if (answer?.status === 401) await session.logIn(stopping)
    // 409: the first request may have been killed, so it is unknown whether its media exists.
    else if (answer && ![409, 429, 503, 507].includes(answer.status))
      violate(ledger, `An upload returned ${answer.status} ${JSON.stringify(answer.body)}`)
    await pause(RETRY_MS)
  }
  ledger.unanswered.push(filename)
}

/** Edits a role of its own repeatedly. Each edit has the ETag of the last answer. */
export async function editRole(
  system: System,
  ledger: Ledger,
  session: Session,
  name: string,
  stopping: AbortSignal,
): Promise<void> {
  const roles = `${system.mainUrl}/api/v1/roles`
  let edits: RoleEdits | null = null
  let etag = '*'
  for (let number = 1; !stopping.aborted;) {
    const token = session.accessToken()
    if (!edits) {
      const answer = await attempt(ledger, 'POST', roles, {
        body: { name },
        token,
        headers: { 'idempotency-key': name },
      })
      if (answer?.status === 201) {
        edits = { roleId: answer.body.id, accepted: [], lastSent: 0 }
        ledger.roles.push(edits)
      } else if (answer?.status === 401) await session.logIn(stopping)
    } else {
      edits.lastSent = number
      const answer = await attempt(ledger, 'PATCH', `${roles}/${edits.roleId}`, {
        body: { description: String(number) },
        token,
        headers: { 'if-match': etag },
      })
      if (answer?.status === 200) {
        edits.accepted.push(number)
        number += 1
        etag = answer.headers.get('etag') ?? '*'
      } else if (answer?.status === 401) await session.logIn(stopping)
      // An earlier try of this edit succeeded without an answer.
      else if (answer?.status === 412) {
        number += 1
        etag = '*'
      } else if (answer && ![429, 503].includes(answer.status))
        violate(ledger, `An edit of a role returned ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    await pause(RETRY_MS + Math.random() * 100)
  }
}

/** Refreshes its session repeatedly. */
export async function refreshSession(session: Session, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    await session.refresh(stopping)
    await pause(300 + Math.random() * 500)
  }
}

/** A JPEG with a comment, so that its bytes differ and its pixels do not. */
function withComment(jpeg: Buffer, comment: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, comment.length + 2])
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(comment, 'latin1'), jpeg.subarray(2)])
}
