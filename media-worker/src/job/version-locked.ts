import { TransientError } from '@likeness/media-jobs'

/** Another job of this or another worker is rendering the version. The wait for it is not recorded as a retry. */
export class VersionLockedError extends TransientError {
  override readonly name = 'VersionLockedError'

  constructor() {
    super('Another job is rendering this version.', { soon: true })
  }
}
