/** SQL condition: the grant, a row of `user_roles` with this alias, has not expired. */
export const inForceAs = (alias: string) => `(${alias}.expires_at IS NULL OR ${alias}.expires_at > now())`

/** The same condition for `user_roles ur`. */
export const inForce = inForceAs('ur')

/** SQL for the names of the current roles of `users u`. */
export const rolesOfUser = `
  ARRAY(
    SELECT r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id
    WHERE ur.user_id = u.id AND ${inForce} ORDER BY r.name COLLATE human
  )`
