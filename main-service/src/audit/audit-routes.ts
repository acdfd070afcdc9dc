import { page, pageOf, pageQuery, time, type Route } from '@likeness/service-kit/http'
import { ownedByNobody } from '@likeness/service-kit/http'
import { text } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { auditLineSchema, presentAuditLine } from './audit-presenter.ts'
import { auditOrder, countAudit, listAudit } from './audit-rows.ts'

const filters = {
  actor: text(200).optional().describe('The id of who did it.'),
  action: text(100)
    .regex(/^[a-z-]+\.([a-z-]+)?$/, 'must be an action such as user.created, or user. for all that begin so')
    .optional()
    .describe('An action, such as `user.created`; `user.` is all that begin so.'),
  target: text(200).optional().describe('The id of whom or what it was done to.'),
  requestId: text(200).optional().describe('The `X-Request-Id` of the request that did it.'),
  from: time.optional().describe('The first moment.'),
  to: time.optional().describe('The first moment after.'),
}

/** Who changed what of identities and rights; there is no route that changes it. */
export const auditRoutes = ({ maindb }: Context): Route[] =>
  ownedByNobody([
    route({
      method: 'get',
      path: '/audit',
      access: 'audit:read',
      summary: 'Read the audit trail',
      description: 'The newest line first. Lines are kept for `AUDIT_DAYS`.',
      query: pageQuery(auditOrder).extend(filters),
      answers: { 200: pageOf(auditLineSchema) },
      handle: async ({ query, http }) =>
        page(
          http,
          query,
          await listAudit(maindb, query, query),
          (rows) => rows.map(presentAuditLine),
          () => countAudit(maindb, query),
        ),
    }),
  ])
