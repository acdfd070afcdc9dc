import { readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { RenditionNote, Writer } from './file-store.ts'
import { keys } from './keys.ts'
import { HEARTBEAT } from './own-writer.ts'
import { foldersIn, partialFolders, unlessMissing } from './partial-folders.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const note = /^renditions-([0-9a-f]{64})-[\w-]+$/

/** The name of a note in a writer's folder of unfinished files. */
export const noteName = (sha256: string, id: string) => `renditions-${sha256}-${id}`

/** @param base the folder of the store */
export async function listWriters(base: string): Promise<Writer[]> {
  const writers = new Map<string, Writer & { folders: string[] }>()
  const writer = (id: string) => {
    const known = writers.get(id) ?? newWriter(id)
    writers.set(id, known)
    return known
  }
  for (const partial of await partialFolders(base)) {
    for (const id of (await foldersIn(partial)).filter((name) => UUID.test(name))) {
      const found = writer(id)
      const folder = join(partial, id)
      found.folders.push(folder)
      found.heartbeat += (await readFile(join(folder, HEARTBEAT), 'utf8').catch(unlessMissing)) ?? ''
      found.renditions.push(...(await notesIn(folder)))
    }
  }
  const incoming = join(base, 'incoming')
  for (const id of (await foldersIn(incoming)).filter((name) => UUID.test(name))) {
    const ids = (await readdir(join(incoming, id)).catch(unlessMissing)) ?? []
    writer(id).received.push(...ids.map((received) => keys.incomingKey({ writer: id, id: received })))
  }

  function newWriter(id: string) {
    const folders: string[] = []
    return {
      id,
      heartbeat: '',
      received: [],
      renditions: [],
      folders,
      async delete() {
        for (const folder of folders) await rm(folder, { recursive: true, force: true })
        // It is empty, unless the process was only stopped and has received another file.
        await rmdir(join(incoming, id)).catch(() => undefined)
      },
    }
  }

  return [...writers.values()]
}

async function notesIn(folder: string): Promise<RenditionNote[]> {
  const names = (await readdir(folder).catch(unlessMissing)) ?? []
  return names.flatMap((name) => {
    const [, sha256] = note.exec(name) ?? []
    return sha256 ? [{ id: name, sha256, delete: () => rm(join(folder, name), { force: true }) }] : []
  })
}
