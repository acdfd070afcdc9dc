import { TransientError } from '@likeness/media-jobs'

/** Somebody renders the version already, another worker or this one: there is nothing to tell of, only to wait. */
export class VersionLockedError extends TransientError {
  override readonly name = 'VersionLockedError'

  constructor() {
    super('Another worker renders this version', { soon: true })
  }
}
