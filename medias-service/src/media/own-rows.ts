import type { OwnRowsRule } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'

/**
 * A list of media shows own media, unless it is filtered by another owner. For one media, own rows do if the caller owns it.
 * Then the 403 differs from the 403 for an unknown media, but only for the owner.
 */
export const ownRowsRule =
  ({ mediasdb }: Pick<Context, 'mediasdb'>): OwnRowsRule =>
  async ({ method, path }, { params: { id }, query: { owner } }, caller) => {
    if (path === '/media') return method === 'get' && (owner === undefined || owner === caller.id)
    if (!/^\/media\/:id(\/|$)/.test(path)) return false
    return (await mediasdb.Media.findByPk(String(id)))?.ownerId === caller.id
  }
