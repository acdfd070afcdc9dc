import { makeCameraPicture, settled, truncatePicture, eventually } from '@likeness/test-kit'

import { matching, type Story } from './story.ts'

/** A form with files, as a browser sends it. */
function formOf(
  files: { bytes: Buffer; filename: string; mimeType: string }[],
  fields: Record<string, string | string[]> = {},
) {
  const form = new FormData()
  for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) form.append(name, value)
  for (const { bytes, filename, mimeType } of files) {
    form.append('file', new Blob([new Uint8Array(bytes)], { type: mimeType }), filename)
  }
  return form
}

/** Ada uploads pictures, changes them, and deletes one. @returns the id of a picture that is ready */
export async function managePictures({ call, ada, system }: Story): Promise<string> {
  const token = ada.accessToken
  const picture = { ...(await makeCameraPicture({ width: 400, height: 300 })), filename: 'canal.jpg' }
  const fields = { title: 'A canal', alt: 'A canal in the evening', tags: ['holiday', 'Utrecht'] }
  const { body: media } = await call('uploadMedia', { token, body: formOf([picture], fields) })
  const path = { id: media.id }
  await settled(system, token, media.id)
  const read = await call('getMedia', { token, path })
  await call('updateMedia', { token, path, headers: matching(read), body: { title: 'A canal in Utrecht' } })
  await call('setMediaTags', { token, path, body: { tags: ['holiday', 'water'] } })
  await call('listMedia', { token, query: { tag: 'holiday', limit: '1' } })
  await call('listUserMedia', { token, path: { id: ada.id }, query: { limit: '1' } })
  await call('downloadSize', { token, path: { ...path, size: 'thumb.avif' } })
  await call('downloadOriginal', { token, path, headers: { Range: 'bytes=0-1023' } })
  await call('downloadOriginal', { token, path })
  await call('streamMediaEvents', { token, path })

  const { body: version } = await call('uploadVersion', { token, path, body: formOf([picture]) })
  await settled(system, token, media.id)
  await call('getVersion', { token, path: { ...path, number: String(version.number) } })
  await call('listVersions', { token, path })

  const files = [picture, { ...picture, filename: 'empty.jpg', bytes: Buffer.alloc(0) }]
  const { body: several } = await call('uploadMedia', { token, body: formOf(files) })
  const other = { id: several.results[0].media.id }
  await call('deleteMedia', { token, path: other })
  await call('restoreMedia', { token, path: other })
  return media.id
}

export async function manageProfile({ call, ada }: Story, mediaId: string): Promise<void> {
  const token = ada.accessToken
  await call('getCurrentUser', { token })
  await call('updateCurrentUser', { token, body: { locale: 'nl-NL', profile: { city: 'Utrecht' } } })
  await call('updateMedia', { token, path: { id: mediaId }, body: { visibility: 'public' } })
  await call('setAvatar', { token, path: { id: ada.id }, body: { mediaId } })
  await call('getUserCard', { token, path: { id: ada.id } })
  await call('listUserCards', { token, query: { ids: ada.id } })
  await call('exportUser', { token, path: { id: ada.id } })
  await call('removeAvatar', { token, path: { id: ada.id } })
}

export async function manageTags({ call, admin, ada }: Story): Promise<void> {
  const token = admin.accessToken
  const { body: tag } = await call('createTag', { token: ada.accessToken, body: { name: 'Sunsets' } })
  const { body: duplicate } = await call('createTag', { token, body: { name: 'Sundowns' } })
  await call('getTag', { token, path: { id: tag.id } })
  await call('listTags', { token, query: { q: 'sun', limit: '2' } })
  await call('updateTag', { token, path: { id: tag.id }, body: { name: 'Sunset' } })
  await call('mergeTag', { token, path: { id: duplicate.id }, body: { into: tag.id } })
  await call('deleteTag', { token, path: { id: tag.id } })
}

/** An operator reads the state of the workers, and deals with jobs that failed. */
export async function operateWorkers({ call, admin, ada, system }: Story, mediaId: string): Promise<void> {
  const token = admin.accessToken
  await call('listPresets', { token })
  const broken = truncatePicture(await makeCameraPicture({ width: 400, height: 300 }))
  const { body } = await call('uploadMedia', { token: ada.accessToken, body: formOf([broken, broken, broken]) })
  const ids: string[] = body.results.map(({ media }: { media: { id: string } }) => media.id)
  for (const id of ids) await settled(system, ada.accessToken, id)
  const dead = await eventually(
    async () => {
      const { body: list } = await call('listDeadJobs', { token, query: { limit: '3' } })
      const jobs = list.data.filter((job: { mediaId: string }) => ids.includes(job.mediaId))
      if (jobs.length < ids.length) throw new Error(`Only ${jobs.length} jobs are dead`)
      return jobs as { id: string }[]
    },
    { limitMs: 60_000 },
  )
  const [first, second, third] = dead.map(({ id }) => id)
  await call('getJobStats', { token })
  await call('pauseWorkers', { token })
  try {
    await call('getDeadJob', { token, path: { id: first ?? '' } })
    await call('requeueDeadJob', { token, path: { id: first ?? '' } })
    await call('requeueDeadJobs', { token, body: { filter: { ids: [second] } } })
    await call('discardDeadJob', { token, path: { id: third ?? '' } })
    await call('reprocessMedia', { token, path: { id: mediaId } })
    const { body: run } = await call('createRegeneration', { token, body: { only: 'all', filter: { owner: ada.id } } })
    await call('getRegeneration', { token, path: { id: run.id } })
    await call('listRegenerations', { token, query: { limit: '1' } })
    await call('cancelRegeneration', { token, path: { id: run.id } })
    await call('setConcurrency', { token, body: { slots: 2 } })
  } finally {
    await call('resumeWorkers', { token })
  }
}
