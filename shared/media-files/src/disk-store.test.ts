import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import {
  InvalidKeyError,
  keys,
  NotInStoreError,
  openDiskStore,
  StoreUnavailableError,
  type FileStore,
} from './index.ts'

describe('the disk store', () => {
  let root: string
  let store: FileStore

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'likeness-store-'))
    store = openDiskStore(root)
  })
  afterEach(async () => {
    await store.close()
    await rm(root, { recursive: true })
  })

  const textOf = async (key: string, range?: { start?: number; end?: number }): Promise<string> =>
    (await buffer(await store.read(key, range))).toString()
  /** The unfinished files of an area. */
  const unfinishedIn = async (area: string): Promise<string[]> => {
    const entries = await readdir(join(root, area, '.partial'), { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile() && entry.name !== 'heartbeat').map(({ name }) => name)
  }
  const keysBelow = async (prefix: string): Promise<string[]> => {
    const found: string[] = []
    for await (const { key } of store.list(prefix)) found.push(key)
    return found.toSorted()
  }

  it('reads the bytes that were stored from a buffer, a stream, a file and a part of a file', async () => {
    const path = join(root, 'source.txt')
    await writeFile(path, '0123456789')
    expect(await store.put('a/buffer', Buffer.from('0123456789'))).toEqual({ bytes: 10 })
    expect(await store.put('a/stream', Readable.from([Buffer.from('01234'), Buffer.from('56789')]))).toEqual({
      bytes: 10,
    })
    expect(await store.put('a/path', { path })).toEqual({ bytes: 10 })
    expect(await store.put('a/range', createReadStream(path, { start: 2, end: 4 }))).toEqual({ bytes: 3 })

    expect(await textOf('a/buffer')).toBe('0123456789')
    expect(await textOf('a/stream', { start: 3, end: 5 })).toBe('345')
    expect(await textOf('a/path', { start: 8 })).toBe('89')
    expect(await textOf('a/range')).toBe('234')
    expect(await store.stat('a/path')).toEqual({ bytes: 10 })
  })

  it('stores several megabytes unchanged, with chunks of any size', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_001 }, (_, index) => index % 251))
    const chunks = [bytes.subarray(0, 7), bytes.subarray(7, 1_500_000), bytes.subarray(1_500_000)]
    await store.put('big', Readable.from(chunks))
    expect((await buffer(await store.read('big'))).equals(bytes)).toBe(true)
  })

  it('keeps only the old bytes when a source fails midway', async () => {
    await store.put('a/b', Buffer.from('old'))
    const breaking = Readable.from(
      (function* () {
        yield Buffer.alloc(2_000_000)
        throw new Error('the client disconnected')
      })(),
    )
    await expect(store.put('a/b', breaking)).rejects.toThrow('the client disconnected')
    expect(await textOf('a/b')).toBe('old')
    expect(await unfinishedIn('a')).toEqual([])
  })

  it('copies, deletes and lists files, except unfinished ones', async () => {
    await store.put('incoming/x', Buffer.from('x'))
    await store.copy('incoming/x', 'originals/aa/x')
    await store.copy('incoming/x', 'originals/aa/x')
    await store.delete('incoming/x')
    expect(await textOf('originals/aa/x')).toBe('x')
    await store.put('renditions/s/thumb.jpeg', Buffer.from('t'))
    await store.put('renditions/s/small.jpeg', Buffer.from('s'))
    const unfinished = await store.openIncoming('y')
    unfinished.stream.write('half')

    expect(await keysBelow('')).toEqual(['originals/aa/x', 'renditions/s/small.jpeg', 'renditions/s/thumb.jpeg'])
    expect(await keysBelow('incoming/')).toEqual([])
    await unfinished.abort()

    await store.deletePrefix('renditions/s/')
    await store.delete('originals/aa/x')
    await store.delete('originals/aa/x')
    expect(await keysBelow('')).toEqual([])
  })

  it('copies between mounts, where a file cannot have a second name', async () => {
    const otherMount = await mkdtemp('/dev/shm/likeness-store-').catch(() => undefined)
    if (otherMount === undefined) return
    try {
      await symlink(otherMount, join(root, 'originals'))
      await store.put('incoming/x', Buffer.from('x'))
      await store.copy('incoming/x', 'originals/aa/x')
      expect(await textOf('originals/aa/x')).toBe('x')
      expect(await unfinishedIn('originals')).toEqual([])
    } finally {
      await rm(otherMount, { recursive: true })
    }
  })

  it('reports missing files', async () => {
    expect(await store.stat('a/none')).toBeNull()
    await expect(store.read('a/none')).rejects.toBeInstanceOf(NotInStoreError)
    await expect(store.copy('a/none', 'a/other')).rejects.toBeInstanceOf(NotInStoreError)
  })

  it('rejects keys outside of the store', () => {
    for (const key of ['', '/etc/passwd', '../x', 'a/../../x', 'a//b', 'a/', '.partial/x', 'a\0b', 'a\\b']) {
      expect(() => store.localPath(key)).toThrow(InvalidKeyError)
    }
    expect(() => store.deletePrefix('renditions')).toThrow(InvalidKeyError)
  })

  it('throws StoreUnavailableError when it cannot write', async () => {
    const file = join(root, 'a-file')
    await writeFile(file, '')
    const broken = openDiskStore(join(file, 'below'))
    await expect(broken.check('renditions/')).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(broken.put('a', Buffer.from('x'))).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(store.check('renditions/')).resolves.toBeUndefined()
  })

  it('stores files although their folder is deleted meanwhile', async () => {
    const key = (n: number): string =>
      keys.renditionKey({ sha256: 's', preset: `p${n}`, fingerprint: 'f', format: 'jpeg' })
    const puts = Array.from({ length: 40 }, (_, n) => store.put(key(n), Buffer.from('x')))
    const deletions = Array.from({ length: 10 }, () => store.deletePrefix(keys.renditionPrefix('s')))
    await expect(Promise.all([...puts, ...deletions])).resolves.toHaveLength(50)
  })

  it('checks and writes an area without changing anything outside of it', async () => {
    await store.check('renditions/')
    await store.put('renditions/s/thumb.jpeg', Buffer.from('t'))
    expect(await readdir(root)).toEqual(['renditions'])
  })

  it('deletes the unfinished files of earlier releases when they are old enough, in every area', async () => {
    const { stream } = await store.openIncoming('running')
    stream.write('half a pic')
    // Earlier releases had no folder for each process, or one folder for all areas.
    for (const folder of ['.partial', 'renditions/.partial']) {
      await mkdir(join(root, folder), { recursive: true })
      await writeFile(join(root, folder, 'left'), 'half')
    }
    const left = () => Promise.all(['', 'incoming', 'renditions'].map(unfinishedIn))
    await store.deleteAbandoned(new Date(Date.now() - 60_000))
    expect((await left()).map(({ length }) => length)).toEqual([1, 1, 1])
    await store.deleteAbandoned(new Date(Date.now() + 60_000))
    expect((await left()).map(({ length }) => length)).toEqual([0, 1, 0])
    stream.destroy()
  })

  describe('an incoming file', () => {
    it('exists completely once its stream has finished', async () => {
      const incoming = await store.openIncoming('whole')
      const { key } = incoming
      expect(await store.stat(key)).toBeNull()
      await pipeline(Readable.from([Buffer.alloc(1_500_000, 1), Buffer.alloc(10, 2)]), incoming.stream)
      expect(await store.stat(key)).toEqual({ bytes: 1_500_010 })
    })

    it('is deleted when it is aborted, at any time', async () => {
      const midway = await store.openIncoming('midway')
      midway.stream.write(Buffer.alloc(3_000_000))
      await midway.abort()
      const ending = await store.openIncoming('ending')
      ending.stream.end(Buffer.alloc(3_000_000))
      await ending.abort()
      expect(await keysBelow('')).toEqual([])
      expect(await unfinishedIn('incoming')).toEqual([])
    })

    it('is deleted when its source fails', async () => {
      const incoming = await store.openIncoming('z')
      const breaking = Readable.from(
        (function* () {
          yield Buffer.alloc(10)
          throw new Error('broken')
        })(),
      )
      await expect(pipeline(breaking, incoming.stream)).rejects.toThrow('broken')
      await incoming.abort()
      expect(await unfinishedIn('incoming')).toEqual([])
    })
  })
})
