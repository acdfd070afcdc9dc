import { userEndpoints } from '@likeness/internal-api'
import { call, type ServiceClient } from '@likeness/service-kit/client'
import type { Logger } from '@likeness/service-kit/process'
import { LRUCache } from 'lru-cache'

export interface OwnerNames {
  /** The known names, by user id. While main-service is unavailable, names are missing, but the call does not fail. */
  find(ids: string[]): Promise<Map<string, string>>
}

const CACHED_MS = 60_000
/** After a failure, main-service is not called again for this long. */
const PAUSE_MS = 5_000

/** Names of users from main-service, cached for a minute. */
export function createOwnerNames(mainService: ServiceClient, logger: Logger): OwnerNames {
  const cached = new LRUCache<string, string>({ max: 10_000, ttl: CACHED_MS })
  let pausedUntil = 0

  async function fetchNames(ids: string[]): Promise<void> {
    const { data } = await call(mainService, userEndpoints.findNames, { body: { ids } })
    for (const { id, name } of data) cached.set(id, name)
  }

  return {
    async find(ids) {
      const unknown = [...new Set(ids)].filter((id) => !cached.has(id))
      if (unknown.length > 0 && Date.now() >= pausedUntil) {
        try {
          await fetchNames(unknown)
        } catch (error) {
          pausedUntil = Date.now() + PAUSE_MS
          logger.warn({ event: 'owners.unknown', error })
        }
      }
      return new Map(
        ids.flatMap((id) => {
          const name = cached.get(id)
          return name === undefined ? [] : [[id, name] as const]
        }),
      )
    },
  }
}
