import type { Answer, Person, System } from '@likeness/test-kit'

import type { Recorder } from './recorder.ts'

/** What the parts of the story share. */
export interface Story {
  system: System
  call: Recorder['call']
  admin: Person
  /** A user who registered in the story, with a role that grants the permissions of `user`. */
  ada: Person
}

/** The header that sends the state of a resource back. */
export const matching = (answer: Answer) => ({ 'If-Match': answer.headers.get('etag') ?? '' })
