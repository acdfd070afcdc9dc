import type { OwnRowsRule } from '@likeness/service-kit/http'

/** The list of users and the caller's own routes show own rows, and the id of a user is the owner of the user's rows. */
export const wouldOwnRowsDo: OwnRowsRule = ({ path }, { params: { id } }, caller) => {
  if (path === '/users' || path === '/users/me') return true
  return /^\/users\/:id(\/|$)/.test(path) && (id === 'me' || String(id).toLowerCase() === caller.id)
}
