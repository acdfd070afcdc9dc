/** The condition that a grant, a row of `user_roles` under this alias, has not expired. */
export const inForceAs = (alias: string) => `(${alias}.expires_at IS NULL OR ${alias}.expires_at > now())`

/** The same for `user_roles ur`. */
export const inForce = inForceAs('ur')

/** The names of the roles that the user `users u` holds now. */
export const rolesOfUser = `
  ARRAY(
    SELECT r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id
    WHERE ur.user_id = u.id AND ${inForce} ORDER BY r.name COLLATE human
  )`
