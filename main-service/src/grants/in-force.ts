/** The condition, on `user_roles ur`, that a role which was given until some time is still held. */
export const inForce = '(ur.expires_at IS NULL OR ur.expires_at > now())'

/** The names of the roles that a user holds now; the user is `users u`. */
export const rolesOfUser = `
  ARRAY(
    SELECT r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id
    WHERE ur.user_id = u.id AND ${inForce} ORDER BY r.name COLLATE human
  )`
