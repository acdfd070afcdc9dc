import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { keys, openDiskStore, StoreUnavailableError, type FileStore, type Writer } from './index.ts'

const sha256 = 'a'.repeat(64)

describe('the writers of a store', () => {
  let root: string
  let store: FileStore
  const stores: FileStore[] = []
  const open = (beatMs = 60_000): FileStore => {
    const opened = openDiskStore(root, { beatMs })
    stores.push(opened)
    return opened
  }

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'likeness-store-'))
    store = open()
  })
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((opened) => opened.close()))
    await rm(root, { recursive: true })
  })

  const receive = async (by: FileStore, id: string): Promise<string> => {
    const { key, stream } = await by.openIncoming(id)
    await new Promise((resolve) => stream.end('bytes', () => resolve(undefined)))
    return key
  }
  const onlyWriter = async (): Promise<Writer> => {
    const [writer, ...others] = await store.listWriters()
    expect(others).toEqual([])
    if (!writer) throw new Error('There is no writer')
    return writer
  }

  it('are listed with their received files and their notes, until these are deleted', async () => {
    expect(await store.listWriters()).toEqual([])
    const key = await receive(store, 'one')
    const deleteNote = await store.noteRenditions(sha256)
    const writer = await onlyWriter()
    expect(key).toBe(keys.incomingKey({ writer: writer.id, id: 'one' }))
    expect(writer).toMatchObject({ received: [key], renditions: [{ sha256 }] })

    await deleteNote()
    expect((await onlyWriter()).renditions).toEqual([])
  })

  it('are several, each with its own files', async () => {
    const other = open()
    const ids = ['0190a0a0-0000-7000-8000-000000000001', '0190a0a0-0000-7000-8000-000000000002'] as const
    const received = [await receive(store, ids[0]), await receive(other, ids[1])]
    const writers = await store.listWriters()
    expect(writers.map((writer) => writer.received)).toEqual(expect.arrayContaining(received.map((key) => [key])))
    expect(writers.map((writer) => writer.received.map(keys.blobIdOf))).toEqual(
      expect.arrayContaining(ids.map((id) => [id])),
    )
  })

  it('have a heartbeat that changes while they run', async () => {
    const running = open(5)
    await receive(running, 'one')
    const { heartbeat } = await onlyWriter()
    for (;;) {
      if ((await onlyWriter()).heartbeat !== heartbeat) break
      await pause(5)
    }
  })

  it('disappear when they are closed, unless they have unfinished work', async () => {
    await receive(store, 'one')
    const deleteNote = await store.noteRenditions(sha256)
    await store.close()
    expect(await onlyWriter()).toMatchObject({ heartbeat: '', renditions: [{ sha256 }] })

    await deleteNote()
    await (await onlyWriter()).delete()
    expect(await readdir(join(root, 'renditions', '.partial'))).toEqual([])
  })

  it('cannot finish files after they were deleted, but can write new files', async () => {
    const { key, stream } = await store.openIncoming('one')
    stream.write('half')
    const failed = new Promise((resolve) => stream.once('error', resolve))
    await (await onlyWriter()).delete()
    stream.end('other half')
    expect(await failed).toBeInstanceOf(StoreUnavailableError)
    expect(await store.stat(key)).toBeNull()

    await receive(store, 'two')
    await store.put('renditions/s/thumb.jpeg', Buffer.from('t'))
  })
})
