import { ownerEndpoints, type OwnedMedia } from '@likeness/internal-api'
import { internalRoute, page, type Route } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'
import { ownedOrder } from '../media/media-order.ts'
import { presentMedia, presentVersion } from '../media/media-presenter.ts'
import { listOwnedMedia, type MediaRow } from '../media/media-rows.ts'
import { listVersionsOf } from '../media/version-rows.ts'
import { settleOwner } from './settle-owner.ts'

/** Routes about the media of an owner, for main-service. */
export const internalOwnerRoutes = (context: Context): Route[] => [
  internalRoute(ownerEndpoints.reportState, {
    summary: "Report the state of an owner and apply it to the owner's media",
    description:
      'Returns after a few seconds at most. While `done` is false, repeat the call. An older revision changes nothing.',
    handle: ({ params, body }) => settleOwner(context, params.id, body),
  }),
  internalRoute(ownerEndpoints.listMedia, {
    summary: 'List all media of an owner with all versions, including media in the trash',
    async reply({ params, query: bounds, http }) {
      const query = { ...bounds, sort: ownedOrder.standard }
      const rows = await listOwnedMedia(context.mediasdb, params.id, query)
      const present = (shown: MediaRow[]) => withVersions(context, shown)
      // The query has no `count`, so the total is never requested.
      return page(http, query, rows, present, async () => rows.length)
    },
  }),
]

async function withVersions(context: Context, rows: MediaRow[]): Promise<OwnedMedia[]> {
  const versions = await listVersionsOf(
    context.mediasdb,
    rows.map(({ id }) => id),
  )
  return rows.map((media) => ({
    ...presentMedia(media, context),
    versions: (versions.get(media.id) ?? []).map((version) => presentVersion(media, version, context)),
  }))
}
