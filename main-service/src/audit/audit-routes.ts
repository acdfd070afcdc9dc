import { text, time } from '@likeness/internal-api'
import { ownedByNobody, page, pageOf, pageQuery, type Route } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { auditEntrySchema, presentAuditEntry } from './audit-presenter.ts'
import { auditOrder, countAudit, listAudit } from './audit-rows.ts'

const filters = {
  actor: text(200).optional().describe('Id of the actor: a user, an API key or a service.'),
  action: text(100)
    .regex(
      /^[a-z-]+\.([a-z-]+)?$/,
      'must be an action such as user.created, or a prefix that ends with a period, such as user.',
    )
    .optional()
    .describe('An action such as `user.created`, or a prefix such as `user.`.'),
  target: text(200).optional().describe('Id of the target: a user, role, permission, session or API key.'),
  requestId: text(200).optional().describe('`X-Request-Id` of the request that made the change.'),
  from: time.optional().describe('Earliest time, inclusive.'),
  to: time.optional().describe('Latest time, exclusive.'),
}

/** The audit trail is read-only: no route changes it. */
export const auditRoutes = ({ maindb }: Context): Route[] =>
  ownedByNobody([
    route({
      operationId: 'listAuditEntries',
      method: 'get',
      path: '/audit',
      access: 'audit:read',
      summary: 'List the entries of the audit trail',
      description:
        'The audit trail has an entry for each change of users, sessions, API keys, roles and permissions. Entries are deleted after ' +
        '`AUDIT_DAYS` days.',
      query: pageQuery(auditOrder).extend(filters),
      answers: { 200: pageOf(auditEntrySchema) },
      handle: async ({ query, http }) =>
        page(
          http,
          query,
          await listAudit(maindb, query, query),
          (rows) => rows.map(presentAuditEntry),
          () => countAudit(maindb, query),
        ),
    }),
  ])
