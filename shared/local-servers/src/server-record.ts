import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { identifyProcess } from './bound-process.ts'

/** The record in the folder of a running server, with which the next command finds the server. */
export interface ServerRecord {
  url: string
  managementUrl: string | null
  /** `identifyProcess` of the server and of the process that started it. */
  server: string
  starter: string
}

const fileOf = (folder: string) => join(folder, 'server.json')

/** The record of the server in this folder, if the server still runs. */
export function findRunningServer(folder: string): ServerRecord | undefined {
  const file = fileOf(folder)
  if (!existsSync(file)) return undefined
  const record = JSON.parse(readFileSync(file, 'utf8')) as ServerRecord
  return isSameProcess(record.server) ? record : undefined
}

/** Stores the record of a server that this process started. */
export function recordServer(folder: string, server: { url: string; managementUrl?: string; pid: number }): void {
  const record: ServerRecord = {
    url: server.url,
    managementUrl: server.managementUrl ?? null,
    server: identifyProcess(server.pid) ?? '',
    starter: identifyProcess(process.pid) ?? '',
  }
  writeFileSync(fileOf(folder), JSON.stringify(record), { mode: 0o600 })
}

/** Deletes the record of a server that was stopped. */
export function forgetServer(folder: string): void {
  rmSync(fileOf(folder), { force: true })
}

/** Whether the process of `identifyProcess` still runs. */
export function isSameProcess(identity: string): boolean {
  return identity !== '' && identifyProcess(Number(identity.split('@')[0])) === identity
}
