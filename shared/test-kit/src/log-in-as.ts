/**
 * The identities of medias-service and of the workers in production: roles of mediasdb, and users of the broker. They have
 * few rights.
 */
type Identity = 'medias_service' | 'media_worker' | 'medias-service' | 'media-worker'

/**
 * The same database or virtual host for another identity. In the servers of a test run, the password of each identity is
 * its name.
 */
export function logInAs(identity: Identity, url: string): string {
  const changed = new URL(url)
  changed.username = identity
  changed.password = identity
  return changed.href
}
