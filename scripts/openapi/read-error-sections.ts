import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { everyServiceErrors, type ErrorSection } from '@likeness/service-kit/http'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The function in `src/problem-guide.ts` of each service that returns its sections. */
const services = { 'auth-service': 'authErrors', 'main-service': 'mainErrors', 'medias-service': 'mediaErrors' }

/** The explanations of the error codes of all services. Each code is in one section. */
export async function readErrorSections(): Promise<ErrorSection[]> {
  const sections = [everyServiceErrors()]
  for (const [service, name] of Object.entries(services)) sections.push(...(await readSections(service, name)))
  return mergedByTitle(sections)
}

/** Imported by its path at run time, because no package may import a service. */
async function readSections(service: string, name: string): Promise<ErrorSection[]> {
  const guide = pathToFileURL(join(repository, service, 'src', 'problem-guide.ts')).href
  const module = (await import(guide)) as Record<string, () => ErrorSection[]>
  return module[name]?.() ?? []
}

/** Several services have a section with the same title. */
function mergedByTitle(sections: ErrorSection[]): ErrorSection[] {
  const merged = new Map<string, ErrorSection>()
  for (const section of sections) {
    const { entries = [] } = merged.get(section.title) ?? {}
    const others = section.entries.filter(({ code }) => !entries.some((entry) => entry.code === code))
    merged.set(section.title, { ...section, entries: [...entries, ...others] })
  }
  return [...merged.values()]
}
