import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

import { isMissing } from './errors.ts'

/** Opens a file that is not there yet, to write it. Its folder nearly always is, and is made only when it is not. */
export async function openNewFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx')
  } catch (error) {
    if (!isMissing(error)) throw error
    await mkdir(dirname(path), { recursive: true })
    return open(path, 'wx')
  }
}
