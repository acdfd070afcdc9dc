import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { buildExamples } from '../site/build-examples.ts'
import { buildSite } from '../site/build-site.ts'
import type { SystemSettings } from './settings.ts'

/** The folder of the static pages that the gateway of a local system serves. */
export const siteFolder = (repository: string): string => join(repository, '.local', 'site')

/** The first administrator of a local system. */
export interface Administrator {
  email: string
  password: string
  /** Whether it is the password of every development system, which everybody knows. */
  isPublic: boolean
}

const PUBLIC_PASSWORD = 'admin-password-change-me'

export function administratorOf(settings: SystemSettings): Administrator {
  const { ADMIN_EMAIL, ADMIN_PASSWORD } = { ...settings['main-service'], ...process.env }
  const password = ADMIN_PASSWORD || PUBLIC_PASSWORD
  return { email: ADMIN_EMAIL || 'admin@example.com', password, isPublic: password === PUBLIC_PASSWORD }
}

/**
 * Builds the static pages and the examples. The API reference logs in by itself as the administrator, unless the password
 * is secret, because everybody who can reach the gateway can read it there.
 */
export async function buildLocalSite(repository: string, { email, password, isPublic }: Administrator): Promise<void> {
  const folder = siteFolder(repository)
  await buildExamples(folder)
  await buildSite(folder)
  const file = join(folder, 'docs', 'sign-in.json')
  if (isPublic) await writeFile(file, JSON.stringify({ email, password }))
  else await rm(file, { force: true })
}
