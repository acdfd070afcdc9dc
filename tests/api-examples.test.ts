import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from '@jest/globals'
import { logInAdministrator, sharedSystem, type System } from '@likeness/test-kit'

import { evaluateFeatures, manageRoles, manageUsers } from './api-examples/administration-story.ts'
import { managePictures, manageProfile, manageTags, operateWorkers } from './api-examples/media-story.ts'
import { normalise } from './api-examples/normalise.ts'
import { createRecorder, type Exchanges, type Recorder } from './api-examples/recorder.ts'
import { differences } from './api-examples/shapes.ts'
import { manageSessions, registerAda, inviteGrace, logOut, useApiKeys } from './api-examples/sign-in-story.ts'

const file = join(import.meta.dirname, '../docs/examples.json')

let system: System
let recorder: Recorder
let recorded: Exchanges
beforeAll(async () => {
  system = await sharedSystem()
  recorder = await createRecorder(system)
  await tellStory()
  recorded = normalise(recorder.exchanges, new Date())
  // `npm run api-examples` sets this variable, to write the file anew.
  // oxlint-disable-next-line node/no-process-env
  if (process.env['RECORD_EXAMPLES']) await writeFile(file, `${JSON.stringify(recorded, null, 2)}\n`)
})

/** Calls every operation at least once, as the users and the operators of a system do. */
async function tellStory(): Promise<void> {
  const { call } = recorder
  const story = { system, call, admin: await logInAdministrator(system), ada: await registerAda(call) }
  await manageSessions(story)
  await inviteGrace(story)
  await useApiKeys(story)
  await manageUsers(story)
  await manageRoles(story)
  await evaluateFeatures(story)
  const mediaId = await managePictures(story)
  await manageProfile(story, mediaId)
  await manageTags(story)
  await operateWorkers(story, mediaId)
  await logOut(story)
}

const byStatus = (exchanges: Exchanges) =>
  Object.fromEntries(
    Object.entries(exchanges).map(([id, list]) => [
      id,
      Object.fromEntries(list.map((exchange) => [exchange.response.status, exchange])),
    ]),
  )

describe('The examples of the API reference', () => {
  it('have a request and a response of every operation', () => {
    expect(Object.keys(recorded).toSorted()).toEqual(recorder.operationIds)
  })

  it('have the shape of what the system receives and returns', async () => {
    const examples = JSON.parse(await readFile(file, 'utf8')) as Exchanges

    expect(Object.keys(examples).toSorted()).toEqual(recorder.operationIds)
    expect(differences(byStatus(examples), byStatus(recorded))).toEqual([])
  })
})
