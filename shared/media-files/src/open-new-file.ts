import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

import { isMissing } from './errors.ts'

/** Creates a file for writing. Creates its folder only after a first failure, because the folder nearly always exists. */
export async function openNewFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx')
  } catch (error) {
    if (!isMissing(error)) throw error
    await mkdir(dirname(path), { recursive: true })
    return open(path, 'wx')
  }
}
